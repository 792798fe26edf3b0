package io.millrace.server;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits for what another process brings about. */
final class Await {
    private static final int POLL_MILLIS = 100;

    private Await() {}

    /** A condition on another process, which may break. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /** @throws AssertionError naming {@code what} if it does not come in time */
    static void until(String what, Duration timeout, Condition condition) throws IOException, InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within %d s: %s".formatted(timeout.toSeconds(), what));
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }
}
