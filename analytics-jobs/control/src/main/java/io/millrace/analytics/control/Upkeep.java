package io.millrace.analytics.control;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the newest submission of a job in this run of the node, beside its record. Nothing of it needs to
 * survive the node. Thread-safe; the monitor is never held over a call.
 */
final class Upkeep {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    /** A job that ran for as long as this may fail again without a pause. */
    private static final Duration CALM = Duration.ofMinutes(1);

    /** The calls for a job, of which there is one of each kind at a time: a submission that hangs delays no other. */
    enum Call {
        SUBMISSION,
        OTHER
    }

    private final String jobId;
    private final Set<Call> calls = EnumSet.noneOf(Call.class);
    private boolean endNoted;
    private boolean listed;
    private long confirmedAt = -1;
    private @Nullable Instant confirmed;
    private int failures;
    private Instant notBefore = Instant.MIN;
    private @Nullable String reason;
    private Trouble trouble = Trouble.NONE;
    private Instant nextLook = Instant.MIN;

    Upkeep(String jobId) {
        this.jobId = jobId;
    }

    /** The same job under its next id: it keeps its pauses. */
    Upkeep next(String nextId) {
        Upkeep next = new Upkeep(nextId);
        synchronized (this) {
            next.failures = failures;
            next.notBefore = notBefore;
            next.reason = reason;
        }
        return next;
    }

    String jobId() {
        return jobId;
    }

    /** Claims the job for a call. Returns false if one of its kind is being made. */
    synchronized boolean begin(Call call) {
        return calls.add(call);
    }

    synchronized void end(Call call) {
        calls.remove(call);
    }

    /** Notes that the cluster knows the id, which shows in listings with a greater number. */
    synchronized void confirmed(long listingNumber, Instant at) {
        confirmedAt = Math.max(confirmedAt, listingNumber);
        confirmed = at;
        reason = null;
    }

    /** Notes that the cluster listed the job. */
    synchronized void listed(long listingNumber, Instant at) {
        if (!listed) {
            confirmed(listingNumber, at);
        }
        listed = true;
        confirmedAt = Math.max(confirmedAt, listingNumber);
    }

    /**
     * Tells whether a listing without the job means that the cluster has lost it. A job that was accepted and not
     * listed yet may still be on its way within the cluster.
     */
    synchronized boolean isMissedBy(long listingNumber, Instant at, Duration grace) {
        if (listingNumber <= confirmedAt || calls.contains(Call.SUBMISSION)) {
            return false;
        }
        return listed || confirmed == null || !at.isBefore(confirmed.plus(grace));
    }

    /** Notes that the job could not be submitted, or failed, and puts its next submission off. */
    synchronized void failed(@Nullable String why, Instant at) {
        boolean calm = confirmed != null && at.isAfter(confirmed.plus(CALM));
        failures = calm ? 1 : failures + 1;
        long pauses = FIRST_PAUSE.toMillis() << Math.min(failures - 1, 16);
        Duration pause = failures == 1 ? Duration.ZERO : Duration.ofMillis(pauses / 2);
        notBefore = at.plus(pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause);
        reason = why;
    }

    /** Notes that the cluster says that the submission has ended. Returns false if that is no news. */
    synchronized boolean noteEnd() {
        boolean news = !endNoted;
        endNoted = true;
        return news;
    }

    synchronized boolean isDue(Instant at) {
        return !at.isBefore(notBefore);
    }

    synchronized Trouble trouble() {
        return trouble;
    }

    synchronized void trouble(Trouble found) {
        trouble = found;
    }

    /** Tells whether the cluster has taken the job, or may be about to. */
    synchronized boolean isTaken() {
        return confirmed != null || calls.contains(Call.SUBMISSION);
    }

    /** Tells whether the cluster has taken the job of late, or may be about to. */
    synchronized boolean isYoung(Instant now) {
        return calls.contains(Call.SUBMISSION) || (confirmed != null && now.isBefore(confirmed.plus(CALM)));
    }

    /** Tells whether the job's details should be asked for, and puts the next time off. */
    synchronized boolean look(Instant at, Duration interval) {
        if (at.isBefore(nextLook)) {
            return false;
        }
        nextLook = at.plus(interval);
        return true;
    }

    /** Returns what there is to tell of the job. */
    synchronized JobState state(JobRecord job, ClusterWatch.Listing listing, ClusterState cluster, Instant now) {
        String listedAs = listing.statuses().get(jobId);
        if (job.isStopping()) {
            return state(job, "STOPPING", null, null);
        } else if (job.successor() != null) {
            return state(job, "REPLACING", null, job.successor().withdrawn());
        } else if (job.failure() != null) {
            return state(job, "FAILED", null, job.failure());
        } else if (!cluster.answering()) {
            return state(job, "UNKNOWN", cluster.silentSince(), "Flink does not answer: " + cluster.failure());
        } else if (reason != null && now.isBefore(notBefore)) {
            return state(job, "HELD", notBefore, reason);
        } else if (listedAs == null) {
            boolean submitted = confirmed != null && !listed;
            return state(job, submitted ? "SUBMITTED" : "WAITING", submitted ? confirmed : null, reason);
        } else if (trouble.isPresent(now) && !NextStep.isTerminal(listedAs)) {
            return state(job, "RESTARTING", trouble.since(), trouble.reason());
        }
        return state(job, listedAs, confirmed, remark(job));
    }

    private @Nullable String remark(JobRecord job) {
        if (!trouble.reason().isEmpty()) {
            return "failed last: " + trouble.reason();
        }
        return job.withdrawn() == null ? null : "its replacement was withdrawn: " + job.withdrawn();
    }

    private JobState state(JobRecord job, String status, @Nullable Instant since, @Nullable String why) {
        return new JobState(job.name(), jobId, status, trouble.restarts(), since, why);
    }
}
