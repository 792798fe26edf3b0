package io.millrace.analytics.control;

import org.jspecify.annotations.Nullable;

/**
 * What a job is replaced by once it has ended.
 *
 * @param stateless true if it begins with nothing; absent if it goes on from where the other job ended
 * @param withdrawn why this is the text of before, to which the job returns; absent if it is a new text
 * @param path the checkpoint that the text of before goes on from; absent for that of the job that ends
 * @param failure why the text of before had ended for good; absent if it had not
 */
record Successor(
        JobSpec spec,
        @Nullable Boolean stateless,
        @Nullable String withdrawn,
        @Nullable String path,
        @Nullable String failure) {

    static Successor of(JobSpec spec, boolean withoutState) {
        return new Successor(spec, withoutState ? true : null, null, null, null);
    }

    boolean isStateless() {
        return Boolean.TRUE.equals(stateless);
    }

    /**
     * Returns the record of the job that begins when another has ended.
     *
     * @param newest checkpoint of the job that has ended
     */
    JobRecord after(JobRecord ended, String jobId, @Nullable String newest) {
        if (withdrawn != null) {
            return new JobRecord(spec, jobId, path, null, null, failure, null, null, null, withdrawn);
        }
        Predecessor predecessor = new Predecessor(ended.spec(), newest, ended.failure());
        return new JobRecord(
                spec, jobId, isStateless() ? null : newest, null, null, null, null, null, predecessor, null);
    }
}
