package io.millrace.analytics.control;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A job as far as is known, without asking the cluster.
 *
 * @param status in Flink's words as of the last answer of the cluster; {@code RESTARTING} also between two restarts in
 *     a row, {@code STOPPING} while it is being ended, {@code REPLACING} while it is being ended for another text,
 *     {@code WAITING} while it has still to be submitted, {@code HELD} while its next submission is put off,
 *     {@code UNKNOWN} while the cluster does not answer, {@code DAMAGED} when its description cannot be read
 * @param restarts how often Flink has restarted it since its last submission
 * @param since when the status began; absent if it is not known
 * @param reason why it does not run as it should, or why it was not replaced; absent if there is nothing to tell
 */
public record JobState(
        String name,
        String jobId,
        String status,
        long restarts,
        @Nullable Instant since,
        @Nullable String reason) {

    /** Tells whether the job runs and has not failed of late. */
    public boolean isRunning() {
        return status.equals("RUNNING");
    }
}
