package io.millrace.server.process;

import java.time.Instant;

/**
 * How a supervised process stands.
 *
 * @param pid of the child that runs, or ran last
 * @param startedAt when that child was started
 * @param restarts how many children have been started after the first one
 * @param lastExit why the last child ended; empty while none has
 * @param lastExitAt when it ended; the epoch while none has
 */
public record ProcessStatus(
        boolean isRunning, long pid, Instant startedAt, int restarts, String lastExit, Instant lastExitAt) {

    private static final int SIGNALLED = 128;

    /** Returns an exit code in words, with the signal that it stands for. */
    static String exitText(int code) {
        String signal = switch (code - SIGNALLED) {
            case 6 -> " (SIGABRT)";
            case 9 -> " (SIGKILL)";
            case 11 -> " (SIGSEGV)";
            case 15 -> " (SIGTERM)";
            default -> "";
        };
        return "ended with exit code " + code + signal;
    }
}
