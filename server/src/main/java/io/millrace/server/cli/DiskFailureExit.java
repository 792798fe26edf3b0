package io.millrace.server.cli;

import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * Ends the process when a write or a sync of acknowledged data has failed, so that a supervisor starts it again: only a
 * start, with its recovery, finds out what is on the disk.
 *
 * @param failure tells why only a restart helps; empty while all is well
 * @param halt ends the process at once, with an exit code
 */
record DiskFailureExit(Supplier<String> failure, PrintStream err, IntConsumer halt) {
    static final int EXIT_DISK_FAILED = 5;

    /** What to do about such a failure. */
    enum Choice {
        /** The process ends with exit code 5. */
        exit,
        /** Puts are refused and reads go on until the node is restarted. */
        refuse
    }

    /**
     * Watches until the latch is released. After a failure there is a second for telling clients why their puts failed.
     */
    void watch(CountDownLatch ended) throws InterruptedException {
        while (!ended.await(1, TimeUnit.SECONDS)) {
            if (!failure.get().isEmpty() && !ended.await(1, TimeUnit.SECONDS) && check()) {
                return;
            }
        }
    }

    boolean check() {
        String reason = failure.get();
        if (reason.isEmpty()) {
            return false;
        }
        err.println("millrace: " + reason + "; the node ends since --on-disk-failure is exit");
        err.flush();
        halt.accept(EXIT_DISK_FAILED);
        return true;
    }
}
