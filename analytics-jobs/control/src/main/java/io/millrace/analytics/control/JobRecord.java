package io.millrace.analytics.control;

import org.jspecify.annotations.Nullable;

/**
 * What is remembered of a job that should run, or that has yet to be ended.
 *
 * @param jobId the id of its newest submission, which is repeated under the same id until the cluster is known to have
 *     it
 * @param restorePath the checkpoint that this submission begins from
 * @param checkpointPath the newest completed checkpoint of this submission that was heard of
 * @param stopping true once the job should run no more; absent before
 * @param failure why the job has ended for good and is not submitted again; absent while it should run
 * @param seen true once the cluster was seen to know the id; absent before
 * @param successor by what it is replaced as soon as it has ended; absent while it should run
 * @param predecessor what it has replaced; absent once it has completed a checkpoint, or if it has replaced nothing
 * @param withdrawn why a text that had replaced this one was withdrawn; absent if none was
 */
record JobRecord(
        JobSpec spec,
        String jobId,
        @Nullable String restorePath,
        @Nullable String checkpointPath,
        @Nullable Boolean stopping,
        @Nullable String failure,
        @Nullable Boolean seen,
        @Nullable Successor successor,
        @Nullable Predecessor predecessor,
        @Nullable String withdrawn) {

    static JobRecord submission(JobSpec spec, String jobId, @Nullable String restorePath) {
        return new JobRecord(spec, jobId, restorePath, null, null, null, null, null, null, null);
    }

    /** Returns the next submission of the same job. */
    JobRecord resubmission(String nextId, @Nullable String path) {
        return new JobRecord(spec, nextId, path, null, null, null, null, null, predecessor, withdrawn);
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
        return new JobRecord(
                spec, jobId, restorePath, checkpointPath, true, failure, seen, successor, predecessor, withdrawn);
    }

    JobRecord thatIsSeen() {
        return new JobRecord(
                spec, jobId, restorePath, checkpointPath, stopping, failure, true, successor, predecessor, withdrawn);
    }

    JobRecord from(@Nullable String path) {
        return new JobRecord(
                spec, jobId, path, checkpointPath, stopping, failure, seen, successor, predecessor, withdrawn);
    }

    JobRecord withCheckpoint(String path) {
        return new JobRecord(
                spec, jobId, restorePath, path, stopping, failure, seen, successor, predecessor, withdrawn);
    }

    JobRecord thatFailed(String reason) {
        return new JobRecord(
                spec, jobId, restorePath, checkpointPath, stopping, reason, seen, successor, predecessor, withdrawn);
    }

    JobRecord with(Successor next) {
        return new JobRecord(
                spec, jobId, restorePath, checkpointPath, stopping, failure, seen, next, predecessor, withdrawn);
    }

    /** Returns this after its first checkpoint: there is no way back any more. */
    JobRecord thatIsProven() {
        return new JobRecord(
                spec, jobId, restorePath, checkpointPath, stopping, failure, seen, successor, null, withdrawn);
    }

    /** Tells whether a checkpoint in this folder may still be needed. */
    boolean refersTo(String folder) {
        return folder.equals(jobId)
                || names(restorePath, folder)
                || (predecessor != null && names(predecessor.path(), folder))
                || (successor != null && names(successor.path(), folder));
    }

    private static boolean names(@Nullable String path, String folder) {
        return path != null && path.contains(folder);
    }
}
