package io.millrace.analytics.control;

import org.jspecify.annotations.Nullable;

/**
 * What is remembered of a job that should run.
 *
 * @param jobId the id of its newest submission; every submission has one of its own
 * @param restorePath the checkpoint that this submission began from
 * @param checkpointPath the newest completed checkpoint of this submission that was heard of
 */
record JobRecord(
        JobSpec spec,
        String jobId,
        @Nullable String restorePath,
        @Nullable String checkpointPath) {

    JobRecord withCheckpoint(String path) {
        return new JobRecord(spec, jobId, restorePath, path);
    }
}
