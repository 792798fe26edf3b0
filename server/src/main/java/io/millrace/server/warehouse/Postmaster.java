package io.millrace.server.warehouse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The main process of a cluster as its {@code postmaster.pid} tells it: line 1 is the process id, line 8 the state.
 *
 * <p>Never signals a process that is not a PostgreSQL of this cluster: after a crash the file stays, and its process id
 * may be anybody's.
 */
final class Postmaster {
    private static final Logger LOG = LoggerFactory.getLogger(Postmaster.class);
    private static final int STATE_LINE = 7;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int POLL_MILLIS = 20;

    private final Path cluster;
    private final Path file;

    Postmaster(Path cluster) {
        this.cluster = cluster;
        this.file = cluster.resolve("postmaster.pid");
    }

    /** Tells whether a process of ours accepts connections. */
    boolean isReady(long processId) throws IOException {
        List<String> lines = read();
        return lines.size() > STATE_LINE
                && lines.get(0).trim().equals(Long.toString(processId))
                && lines.get(STATE_LINE).trim().equals("ready");
    }

    /** Stops a server that outlived the process that had started it, and removes what a dead one left. */
    void stopOrphan() throws IOException, InterruptedException {
        OptionalLong orphan = processId();
        if (orphan.isEmpty()) {
            Files.deleteIfExists(file); // PostgreSQL refuses to start beside an empty one, as a power cut leaves it
            return;
        }
        long processId = orphan.getAsLong();
        if (!isOurs(processId)) {
            Files.deleteIfExists(file);
            return;
        }
        LOG.info("stopping PostgreSQL {}, left on {} by a killed process", processId, cluster);
        for (Signal signal : Signal.values()) {
            send(signal, processId);
            if (hasGone(processId)) {
                return;
            }
        }
        throw new IOException(String.format(
                Locale.ROOT, "PostgreSQL %d, left on %s by a killed process, does not stop", processId, cluster));
    }

    /** How a server is told to stop, mildest first. SIGTERM is not among them: it waits for clients to go. */
    enum Signal {
        /** Rolls back what is open and writes a checkpoint. */
        INT,
        /** Ends at once; the next start recovers from the log. */
        QUIT
    }

    /** Sends a signal. By the shell, which has it built in: small images lack the program. */
    static void send(Signal signal, long processId) throws IOException, InterruptedException {
        new ProcessBuilder("sh", "-c", String.format(Locale.ROOT, "kill -%s %d", signal, processId))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private boolean hasGone(long processId) throws InterruptedException {
        long limit = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < limit) {
            if (!isOurs(processId)) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return false;
    }

    private OptionalLong processId() throws IOException {
        List<String> lines = read();
        try {
            return lines.isEmpty()
                    ? OptionalLong.empty()
                    : OptionalLong.of(Math.abs(Long.parseLong(lines.get(0).trim())));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private List<String> read() throws IOException {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1); // which reads what a power cut left, too
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /** A server's working directory is its cluster; its program may have been replaced since ("postgres (deleted)"). */
    private boolean isOurs(long processId) {
        try {
            Path process = Path.of("/proc", Long.toString(processId));
            Path program = Files.readSymbolicLink(process.resolve("exe"));
            Path directory = Files.readSymbolicLink(process.resolve("cwd"));
            return String.valueOf(program.getFileName()).startsWith("postgres")
                    && directory.equals(cluster.toRealPath());
        } catch (IOException e) {
            return false; // it is gone, or of another user
        }
    }
}
