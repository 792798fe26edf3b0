package io.millrace.analytics.control;

import org.jspecify.annotations.Nullable;

/**
 * What is remembered of a job that should run, or that has yet to be ended.
 *
 * @param jobId the id of its newest submission; every submission has one of its own
 * @param restorePath the checkpoint that this submission began from
 * @param checkpointPath the newest completed checkpoint of this submission that was heard of
 * @param stopping true once the job should run no more; absent before
 * @param failure why the job has ended for good and is not submitted again; absent while it should run
 */
record JobRecord(
        JobSpec spec,
        String jobId,
        @Nullable String restorePath,
        @Nullable String checkpointPath,
        @Nullable Boolean stopping,
        @Nullable String failure) {

    static JobRecord submission(JobSpec spec, String jobId, @Nullable String restorePath) {
        return new JobRecord(spec, jobId, restorePath, null, null, null);
    }

    boolean isStopping() {
        return Boolean.TRUE.equals(stopping);
    }

    JobRecord thatIsStopping() {
        return new JobRecord(spec, jobId, restorePath, checkpointPath, true, failure);
    }

    JobRecord withCheckpoint(String path) {
        return new JobRecord(spec, jobId, restorePath, path, stopping, failure);
    }

    JobRecord thatFailed(String reason) {
        return new JobRecord(spec, jobId, restorePath, checkpointPath, stopping, reason);
    }
}
