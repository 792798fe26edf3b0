package io.millrace.analytics.control;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the author of a job is told of its first submission: once, and what then stays true. A job that was refused in
 * time is forgotten; one whose author was told to wait is kept, whatever comes later. Thread-safe.
 */
final class FirstSubmission {
    private final AtomicBoolean told = new AtomicBoolean();
    private final CompletableFuture<Void> answer = new CompletableFuture<>();

    /** Undoes the wish for a job. */
    @FunctionalInterface
    interface Withdrawal {
        void run() throws IOException;
    }

    /** Tells the author that the job runs, or will as soon as the cluster answers. */
    void isKept() {
        if (told.compareAndSet(false, true)) {
            answer.complete(null);
        }
    }

    /** Withdraws the job and tells the author why, unless the author was told otherwise before. */
    boolean isRefused(Withdrawal withdrawal, Exception why) throws IOException {
        if (!told.compareAndSet(false, true)) {
            return false;
        }
        try {
            withdrawal.run();
        } finally {
            answer.completeExceptionally(why);
        }
        return true;
    }

    /** Ends without a result when the job is kept, and with the reason when it was refused. */
    CompletableFuture<Void> answer() {
        return answer;
    }
}
