package io.millrace.analytics.control;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the Flink cluster, without asking it.
 *
 * @param answering whether it answered the last time that it was asked
 * @param workers how many task managers it had when it answered last
 * @param answered when it answered last; absent if it never has
 * @param silentSince when the first question was asked that it has not answered; absent while it answers
 * @param failure what came instead of the answer; empty while it answers
 */
public record ClusterState(
        boolean answering,
        int workers,
        @Nullable Instant answered,
        @Nullable Instant silentSince,
        String failure) {

    static final ClusterState NEVER_ASKED = new ClusterState(false, 0, null, null, "it has not been asked yet");

    /** Tells whether jobs can run on it. */
    public boolean isReady() {
        return answering && workers > 0;
    }

    ClusterState answered(int workersNow, Instant at) {
        return new ClusterState(true, workersNow, at, null, "");
    }

    ClusterState silent(Instant asked, String reason) {
        return new ClusterState(false, workers, answered, silentSince == null ? asked : silentSince, reason);
    }
}
