package io.millrace.analytics.control;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The failures of a job that Flink restarts by itself.
 *
 * @param restarts since the submission
 * @param since the first failure of the present series; absent while there is none
 * @param last the newest failure; absent if there was none
 * @param reason of the newest failure; empty if there was none
 */
record Trouble(
        long restarts, @Nullable Instant since, @Nullable Instant last, String reason) {
    static final Trouble NONE = new Trouble(0, null, null, "");

    /** Longer than the longest pause between two restarts, and than a failing job needs to fail again. */
    private static final Duration QUIET = Duration.ofSeconds(60);

    /** Returns this after another look. */
    Trouble with(long restartsNow, Instant failedAt, String why) {
        boolean sameSeries = last != null && !failedAt.isAfter(last.plus(QUIET));
        return new Trouble(Math.max(restarts, restartsNow), sameSeries ? since : failedAt, failedAt, why);
    }

    /** Tells whether the job has failed of late: Flink's own status then changes with each restart. */
    boolean isPresent(Instant now) {
        return last != null && now.isBefore(last.plus(QUIET));
    }
}
