package io.millrace.analytics.control;

/** What a job needs next. */
enum NextStep {
    NOTHING,
    /** Submit it, for the first time or again, under the id of its record. */
    SUBMIT,
    /** Its submission is known to have ended: submit it under another id, from its newest checkpoint. */
    SUBMIT_ANEW,
    CANCEL,
    /** It has ended: submit what replaces it. */
    SUCCEED,
    /** It has replaced another and runs: see whether it does well. */
    JUDGE,
    /** It has replaced another and has failed. */
    WITHDRAW,
    /** It is over. */
    FORGET,
    /** It runs: see how it does. */
    LOOK;

    /**
     * Decides.
     *
     * @param status in Flink's words; empty when the cluster does not list the job
     * @param missed whether the absence from the listing means that the cluster has lost it or never had it
     */
    static NextStep of(JobRecord job, String status, boolean missed) {
        if (status.isEmpty()) {
            return missed ? ofAbsent(job) : NOTHING;
        }
        if (job.isStopping()) {
            return isTerminal(status) ? FORGET : CANCEL;
        }
        if (job.successor() != null) {
            return isTerminal(status) ? SUCCEED : CANCEL;
        }
        if (job.failure() != null) {
            return NOTHING;
        }
        return switch (status) {
            case "FAILED" -> job.predecessor() == null ? SUBMIT_ANEW : WITHDRAW;
            // an application ends by itself or by its author's will; a job of a jar of ours has no end of its own
            case "CANCELED", "FINISHED" -> job.spec().sql() == null ? SUBMIT_ANEW : FORGET;
            default -> job.predecessor() == null ? LOOK : JUDGE;
        };
    }

    /**
     * A job that the cluster was never seen to have may still be on its way there, so only its own id keeps it from
     * starting twice. One that it had and lost could be started by a late repetition of its first submission, from an
     * old checkpoint, if its id were used again.
     */
    private static NextStep ofAbsent(JobRecord job) {
        if (job.isStopping()) {
            return FORGET; // if it arrives after all, it is a job that nobody wants, which is looked for
        }
        if (job.successor() != null) {
            return SUCCEED;
        }
        if (job.failure() != null) {
            return NOTHING;
        }
        return job.isSeen() ? SUBMIT_ANEW : SUBMIT;
    }

    static boolean isTerminal(String status) {
        return switch (status) {
            case "FAILED", "CANCELED", "FINISHED" -> true;
            default -> false;
        };
    }
}
