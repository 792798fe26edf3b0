package io.millrace.server.bench.host;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** A process that was started here and ends with its workspace. What it says goes to a file. Thread-safe. */
public final class ChildProcess implements Closeable {
    private static final int STOP_SECONDS = 20;
    private static final int POLL_MILLIS = 5;
    private static final int SHOWN_LINES = 5;

    private final Workspace workspace;
    private final String name;
    private final Process process;
    private final Path log;

    private ChildProcess(Workspace workspace, String name, Process process, Path log) {
        this.workspace = workspace;
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /** Starts a process in a directory; its output is appended to {@code NAME.log} of the workspace. */
    static ChildProcess start(Workspace workspace, String name, Path directory, List<String> command)
            throws IOException {
        Path log = workspace.directory().resolve(name + ".log");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException e) {
            throw new IOException(
                    String.format(
                            Locale.ROOT, "%s: cannot be started (%s); install it", command.get(0), e.getMessage()),
                    e);
        }
        ChildProcess child = new ChildProcess(workspace, name, process, log);
        workspace.add(child);
        return child;
    }

    /** What tells that a process serves. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /** Waits until the process serves. @throws IOException with the end of its output if it ends, or takes too long */
    void await(int seconds, Condition serves) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!serves.holds()) {
            if (!process.isAlive()) {
                throw new IOException(
                        String.format(Locale.ROOT, "%s ended with %d: %s", name, process.exitValue(), lastLines()));
            }
            if (System.nanoTime() > end) {
                throw new IOException(
                        String.format(Locale.ROOT, "%s does not serve after %d s: %s", name, seconds, lastLines()));
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** Waits until it has done what it was started for. @throws IOException if that failed */
    void awaitEnd(int seconds) throws IOException, InterruptedException {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            close();
            throw new IOException(
                    String.format(Locale.ROOT, "%s is not done after %d s: %s", name, seconds, lastLines()));
        }
        workspace.remove(this);
        if (process.exitValue() != 0) {
            throw new IOException(String.format(Locale.ROOT, "%s failed: %s", name, lastLines()));
        }
    }

    private String lastLines() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
    }

    Path log() {
        return log;
    }

    long pid() {
        return process.pid();
    }

    /** Ends it at once, as a power cut would. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asks it to end, and kills it when it does not. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
        workspace.remove(this);
    }
}
