package io.millrace.analytics.control;

import org.jspecify.annotations.Nullable;

/**
 * What is remembered of a job that should run, or that has yet to be ended.
 *
 * @param jobId the id of its newest submission, which is repeated under the same id until the cluster is known to have it
 * @param restorePath the checkpoint that this submission begins from
 * @param checkpointPath the newest completed checkpoint of this submission that was heard of
 * @param stopping true once the job should run no more; absent before
 * @param failure why the job has ended for good and is not submitted again; absent while it should run
 * @param seen true once the cluster was seen to know the id; absent before
 */
record JobRecord(
        JobSpec spec,
        String jobId,
        @Nullable String restorePath,
        @Nullable String checkpointPath,
        @Nullable Boolean stopping,
        @Nullable String failure,
        @Nullable Boolean seen) {

    static JobRecord submission(JobSpec spec, String jobId, @Nullable String restorePath) {
        return new JobRecord(spec, jobId, restorePath, null, null, null, null);
    }

    String name() {
        return spec.name();
    }

    boolean isStopping() {
        return Boolean.TRUE.equals(stopping);
    }

    boolean isSeen() {
        return Boolean.TRUE.equals(seen);
    }

    JobRecord thatIsStopping() {
        return new JobRecord(spec, jobId, restorePath, checkpointPath, true, failure, seen);
    }

    JobRecord thatIsSeen() {
        return new JobRecord(spec, jobId, restorePath, checkpointPath, stopping, failure, true);
    }

    JobRecord from(@Nullable String path) {
        return new JobRecord(spec, jobId, path, checkpointPath, stopping, failure, seen);
    }

    JobRecord withCheckpoint(String path) {
        return new JobRecord(spec, jobId, restorePath, path, stopping, failure, seen);
    }

    JobRecord thatFailed(String reason) {
        return new JobRecord(spec, jobId, restorePath, checkpointPath, stopping, reason, seen);
    }
}
