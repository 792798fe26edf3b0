package io.millrace.analytics.control;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Those who wait to hear how the replacement of a job by another text has gone, by its name. Thread-safe. */
final class Replacements {
    private final Map<String, CompletableFuture<JobRecord>> waiting = new ConcurrentHashMap<>();

    /** Returns what ends with the new job after its first checkpoint, or with the reason why there is none. */
    CompletableFuture<JobRecord> of(String name) {
        return waiting.computeIfAbsent(name, any -> new CompletableFuture<>());
    }

    /** Notes that the new text has completed a checkpoint or has come to its end. */
    void hasSucceeded(JobRecord job) {
        CompletableFuture<JobRecord> future = waiting.remove(job.name());
        if (future != null) {
            future.complete(job);
        }
    }

    /** Notes that a job is withdrawn, and what it had replaced goes on. */
    void hasFailed(JobRecord withdrawn, String reason) {
        String advice =
                withdrawn.restorePath() == null ? "" : "; with --without-state the new text begins with nothing";
        fail(
                withdrawn.name(),
                String.format(
                        Locale.ROOT,
                        "application %s is not replaced: %s%nThe text of before goes on from its newest checkpoint%s.",
                        withdrawn.name(),
                        reason,
                        advice));
    }

    void isStopped(String name) {
        fail(name, String.format(Locale.ROOT, "application %s was stopped while it was being replaced", name));
    }

    private void fail(String name, String message) {
        CompletableFuture<JobRecord> future = waiting.remove(name);
        if (future != null) {
            future.completeExceptionally(new IllegalStateException(message));
        }
    }
}
