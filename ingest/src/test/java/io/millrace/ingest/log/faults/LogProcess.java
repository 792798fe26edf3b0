package io.millrace.ingest.log.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A {@link LogMain} in a process of its own, and what it wrote down. For one thread. */
final class LogProcess implements AutoCloseable {
    private static final int WAIT_SECONDS = 60;
    private static final String END = "(the process has ended)";

    private final Process process;
    private final Path journal;
    private final Path errors;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private long pid;
    private long openMicros;
    private long acknowledgedBytes = Long.MAX_VALUE;

    private LogProcess(Process process, Path journal, Path errors) {
        this.process = process;
        this.journal = journal;
        this.errors = errors;
        Thread reader = new Thread(this::readLines, "output of the log");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * What to start.
     *
     * @param directory of the log
     * @param durability as {@link io.millrace.ingest.log.Durability} names it, or {@link SmallLog#NAME}
     * @param records where the journal and the standard error go: not on the file system under test
     * @param heap as in {@code -Xmx}
     * @param firstWriter the number of the first writer; also tells this start from others
     */
    record Start(
            Path directory,
            Path records,
            String durability,
            String heap,
            Load.Shape shape,
            long seed,
            int firstWriter) {
        static Start usual(Path directory, Path records, long seed, int firstWriter) {
            return new Start(directory, records, "fsync", "128m", Load.Shape.USUAL, seed, firstWriter);
        }

        Start with(Load.Shape other) {
            return new Start(directory, records, durability, heap, other, seed, firstWriter);
        }

        Start with(String otherDurability) {
            return new Start(directory, records, otherDurability, heap, shape, seed, firstWriter);
        }

        Start withHeap(String other) {
            return new Start(directory, records, durability, other, shape, seed, firstWriter);
        }
    }

    /** Starts a log, behind a command such as {@code strace} that starts it in turn. */
    static LogProcess start(Start start, String... prefix) throws IOException {
        Path journal = start.records().resolve("journal-%d.txt".formatted(start.firstWriter()));
        Path errors = start.records().resolve("errors-%d.txt".formatted(start.firstWriter()));
        List<String> command = new ArrayList<>(List.of(prefix));
        command.addAll(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx" + start.heap(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-Xshare:auto",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                LogMain.class.getName(),
                start.directory().toString(),
                journal.toString(),
                start.durability(),
                start.shape().text(),
                Long.toString(start.seed()),
                Integer.toString(start.firstWriter())));
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        return new LogProcess(process, journal, errors);
    }

    /** Waits until the log was opened and read and is under load. */
    LogProcess awaitReady() throws InterruptedException {
        String[] ready = await("ready ").split(" ", 3);
        pid = Long.parseLong(ready[1]);
        openMicros = Long.parseLong(ready[2]);
        await("read");
        return this;
    }

    /** Waits for a line of output that begins so, and returns it. */
    String await(String prefix) throws InterruptedException {
        return awaitAny(prefix);
    }

    /** Waits for a line of output that begins with one of these, and returns it. */
    String awaitAny(String... prefixes) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        List<String> others = new ArrayList<>();
        while (System.nanoTime() < deadline && !others.contains(END)) {
            String line = lines.poll(100, TimeUnit.MILLISECONDS);
            if (line != null && Stream.of(prefixes).anyMatch(line::startsWith)) {
                return line;
            }
            if (line != null) {
                others.add(line);
            }
        }
        throw new AssertionError("no line %s came, but %s; %s".formatted(List.of(prefixes), others, output()));
    }

    /** Waits for the process to end by itself or after a command. */
    int awaitEnd() throws InterruptedException {
        assertThat(process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS))
                .as("the log ends")
                .isTrue();
        return process.exitValue();
    }

    void command(String command) throws IOException {
        process.getOutputStream().write((command + "\n").getBytes(UTF_8));
        process.getOutputStream().flush();
    }

    /** Ends the process as {@code kill -9} does, and what stands before it. */
    void kill() throws InterruptedException {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroyForcibly);
        awaitEnd();
        for (ProcessHandle each : all) {
            each.onExit().orTimeout(WAIT_SECONDS, TimeUnit.SECONDS).join();
        }
    }

    /**
     * Says that the power fails now. What the process hears from then on is not to be believed: a sync that was under way
     * when a file system was shut down may return as if it had been done (seen on ext4). With the power, the process would
     * have gone too.
     */
    void powerFails() throws IOException {
        acknowledgedBytes = Files.exists(journal) ? Files.size(journal) : 0;
    }

    /** Tells a checker what the process wrote down. The process must have ended, or stand still. */
    void tell(Checker checker) throws IOException {
        JournalFile.replay(journal, acknowledgedBytes, checker);
    }

    /** Returns the file of a {@link JournalFile}. */
    Path journal() {
        return journal;
    }

    long pid() {
        return pid;
    }

    long openMicros() {
        return openMicros;
    }

    boolean alive() {
        return process.isAlive();
    }

    /** Returns the memory of the process that is in RAM, in bytes. */
    long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        throw new IOException("no VmRSS in the status of process " + pid);
    }

    /** Asks how many bytes of data were acknowledged so far. */
    long ackedBytes() throws IOException, InterruptedException {
        command("progress");
        return Long.parseLong(await("progress ").substring("progress ".length()));
    }

    /** Returns what the process has printed and nobody waited for. */
    String output() {
        try {
            return "output: %s, errors: %s".formatted(List.copyOf(lines), Files.readString(errors));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readLines() {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add(e.toString()); // the stream of a killed process may break off
        }
        lines.add(END);
    }
}
