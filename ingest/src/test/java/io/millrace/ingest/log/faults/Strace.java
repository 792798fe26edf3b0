package io.millrace.ingest.log.faults;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Faults in system calls, injected by {@code strace}. Closing it lets the process go on without them. */
final class Strace implements AutoCloseable {
    private static final int WAIT_SECONDS = 20;

    private final Process process;

    private Strace(Process process) {
        this.process = process;
    }

    /** Skips the test with a line that says why, unless strace can trace a process here. */
    static void require() throws InterruptedException {
        String why = "";
        try {
            if (Command.exists("strace")) {
                Command.run("strace", "-f", "-o", "/dev/null", "true");
            } else {
                why = "there is no strace";
            }
        } catch (IOException e) {
            why = String.valueOf(e.getMessage());
        }
        if (!why.isEmpty()) {
            Experiment.print("skipped: " + why);
        }
        assumeTrue(why.isEmpty(), why);
    }

    /** Returns the command that starts a process whose threads each meet a fault in their n-th call. */
    static String[] failingOnce(String call, int n, Path trace) {
        return new String[] {
            "strace",
            "-f",
            "-o",
            trace.toString(),
            "-e",
            "trace=fdatasync,fsync",
            "-e",
            "inject=%s:error=EIO:when=%d".formatted(call, n)
        };
    }

    /** Makes each sync of a running process take longer. Returns once that has begun. */
    static Strace delayingSyncs(long pid, int delayMicros, Path trace) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "strace",
                        "-f",
                        "-p",
                        Long.toString(pid),
                        "-o",
                        trace.toString(),
                        "-e",
                        "trace=fdatasync,fsync",
                        "-e",
                        "inject=fdatasync,fsync:delay_enter=" + delayMicros)
                .redirectErrorStream(true)
                .start();
        byte[] said = new byte[4096];
        int count = process.getInputStream().read(said); // "strace: Process N attached with M threads"
        String line = count < 0 ? "" : new String(said, 0, count, java.nio.charset.StandardCharsets.UTF_8);
        if (!line.contains("attached")) {
            process.destroyForcibly();
            Experiment.print("skipped: " + line.strip());
            assumeTrue(false, line);
        }
        return new Strace(process);
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
