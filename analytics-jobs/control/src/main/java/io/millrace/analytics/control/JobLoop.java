package io.millrace.analytics.control;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the cluster match the records of jobs, one call for a job at a time.
 *
 * <p>{@link #round()} is for one thread at a time. It asks the cluster for its jobs, decides for each job what it needs
 * and leaves the calls to the workers, so a job whose call hangs delays none of the others. No lock is held over a
 * call. A change in what should be is durable before the call that follows from it is made.
 */
final class JobLoop {
    private static final Logger LOG = LoggerFactory.getLogger(JobLoop.class);

    /** How long a job may be accepted by the cluster and not in its listing yet. */
    private static final Duration LISTING_GRACE = Duration.ofSeconds(10);

    private static final Duration LOOK_INTERVAL = Duration.ofSeconds(5);
    private static final Duration REMOTE_LOOK_INTERVAL = Duration.ofSeconds(1);

    private final JobBook book;
    private final JobIds ids;
    private final ClusterWatch watch;
    private final FlinkCluster cluster;
    private final JobSubmitter submitter;
    private final Checkpoints checkpoints;
    private final Workers workers;
    private final InstantSource clock;
    private final Map<String, Upkeep> upkeeps = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Void>> endings = new ConcurrentHashMap<>();
    private final Replacements replacements = new Replacements();
    private final Suspects suspects = new Suspects();
    private final Strangers strangers;
    private volatile boolean closed;

    /** What the loop works with. */
    record Means(FlinkCluster cluster, JobSubmitter submitter, Checkpoints checkpoints, ClusterWatch watch) {}

    JobLoop(JobBook book, JobIds ids, Means means, Workers workers, InstantSource clock) {
        this.book = book;
        this.ids = ids;
        this.cluster = means.cluster();
        this.submitter = means.submitter();
        this.checkpoints = means.checkpoints();
        this.watch = means.watch();
        this.workers = workers;
        this.clock = clock;
        this.strangers = new Strangers(ids, cluster, workers.others());
    }

    /** Looks after all jobs once. */
    void round() {
        if (closed) {
            return;
        }
        watch.refresh().ifPresent(listing -> {
            for (JobRecord job : book.all()) {
                try {
                    lookAfter(job, listing);
                } catch (IOException e) {
                    LOG.warn("job {}: what is known of it cannot be written; trying again", job.name(), e);
                }
            }
            strangers.cancel(listing, book.all());
        });
    }

    private void lookAfter(JobRecord read, ClusterWatch.Listing listing) throws IOException {
        JobRecord job = read;
        Upkeep upkeep = upkeepOf(job);
        Instant now = clock.instant();
        String status = listing.statuses().getOrDefault(job.jobId(), "");
        if (!status.isEmpty()) {
            upkeep.listed(listing.number(), now);
            job = book.update(job, JobRecord::thatIsSeen).orElse(job);
        }
        boolean missed = upkeep.isMissedBy(listing.number(), now, LISTING_GRACE);
        switch (NextStep.of(job, status, missed)) {
            case SUBMIT -> submitWhenDue(job, upkeep, now);
            case SUBMIT_ANEW -> submitAnew(job, upkeep, status);
            case CANCEL -> cancel(job, upkeep);
            case SUCCEED -> succeed(job, upkeep, status);
            case JUDGE -> judge(job, upkeep);
            case WITHDRAW -> withdraw(job, upkeep);
            case FORGET -> forget(job, status);
            case LOOK -> look(job, upkeep, now);
            case NOTHING -> {}
        }
    }

    private void submitWhenDue(JobRecord job, Upkeep upkeep, Instant now) {
        if (upkeep.isDue(now) && suspects.mayStart(job.name(), now)) {
            with(upkeep, Upkeep.Call.SUBMISSION, () -> submitLogged(job, upkeep));
        }
    }

    private void submitAnew(JobRecord job, Upkeep upkeep, String status) {
        if (!status.isEmpty() && upkeep.noteEnd()) {
            upkeep.failed("its last run has ended: " + status, clock.instant());
        }
        if (upkeep.isDue(clock.instant()) && suspects.mayStart(job.name(), clock.instant())) {
            with(upkeep, Upkeep.Call.SUBMISSION, () -> submitNext(job, upkeep, status));
        }
    }

    private void submitNext(JobRecord ended, Upkeep upkeep, String status) throws IOException {
        if (!status.isEmpty()) {
            noteCheckpoint(ended); // the last one is told as long as the cluster lists the job
        }
        JobRecord job = book.get(ended.name());
        if (job == null || !job.jobId().equals(ended.jobId()) || hasFailedForGood(job, status)) {
            return;
        }
        JobRecord next = job.resubmission(ids.next(), checkpoints.newest(job).orElse(null));
        submitInstead(job, next, upkeep.next(next.jobId()));
    }

    /** Puts the record of a submission in the place of another one's that has ended, and submits it. */
    private void submitInstead(JobRecord job, JobRecord next, Upkeep nextUpkeep) throws IOException {
        nextUpkeep.begin(Upkeep.Call.SUBMISSION); // before the loop can see the new record
        upkeeps.put(next.jobId(), nextUpkeep);
        try {
            boolean changed = book.update(job, current -> current.isStopping() ? current : next)
                    .filter(next::equals)
                    .isPresent();
            if (changed) {
                upkeeps.remove(job.jobId());
                if (next.failure() == null) {
                    submitLogged(next, nextUpkeep);
                }
            } else {
                upkeeps.remove(next.jobId());
            }
        } finally {
            nextUpkeep.end(Upkeep.Call.SUBMISSION);
        }
    }

    /** Submits what replaces a job that has ended. */
    private void succeed(JobRecord ended, Upkeep upkeep, String status) {
        with(upkeep, Upkeep.Call.SUBMISSION, () -> {
            if (!status.isEmpty()) {
                noteCheckpoint(ended);
            }
            JobRecord job = book.get(ended.name());
            if (job == null || !job.jobId().equals(ended.jobId()) || job.successor() == null) {
                return;
            }
            String newest = checkpoints.newest(job).orElse(null);
            JobRecord next = job.successor().after(job, ids.next(), newest);
            LOG.info("job {} ({}): has ended and is replaced as {}", job.name(), job.jobId(), next.jobId());
            submitInstead(job, next, new Upkeep(next.jobId()));
        });
    }

    /** A job that has replaced another is kept once it has completed a checkpoint, and withdrawn if it fails before. */
    private void judge(JobRecord job, Upkeep upkeep) {
        with(upkeep, Upkeep.Call.OTHER, () -> {
            FlinkCluster.Failure failure = cluster.newestFailure(job.jobId()).orElse(null);
            if (failure != null) {
                withdraw(job, failure.reason());
            } else if (cluster.latestCheckpoint(job.jobId()).isPresent()) {
                book.update(job, JobRecord::thatIsProven).ifPresent(replacements::hasSucceeded);
            }
        });
    }

    private void withdraw(JobRecord job, Upkeep upkeep) {
        with(upkeep, Upkeep.Call.OTHER, () -> {
            String reason = cluster.newestFailure(job.jobId())
                    .map(FlinkCluster.Failure::reason)
                    .orElse("it has failed");
            withdraw(job, reason);
        });
    }

    /** Lets the text of before go on, as soon as the new one has ended. */
    private void withdraw(JobRecord job, String reason) throws IOException {
        Predecessor before = job.predecessor();
        if (before != null) {
            LOG.warn("job {} ({}): is withdrawn, and the text of before goes on: {}", job.name(), job.jobId(), reason);
            book.update(job, record -> record.with(before.returning(reason)));
            replacements.hasFailed(job, reason);
        }
    }

    /**
     * Ends a job that is marked to be replaced, and replaces it.
     *
     * @return ends with the new job after its first checkpoint, or with the reason why the job goes on as it was
     */
    CompletableFuture<JobRecord> replace(JobRecord job) {
        CompletableFuture<JobRecord> replaced = replacements.of(job.name());
        cancel(job, upkeepOf(job));
        return replaced;
    }

    /** Asks why an application has failed, and remembers it if another submission would fail for the same reason. */
    private boolean hasFailedForGood(JobRecord job, String status) throws IOException {
        if (!status.equals("FAILED") || job.spec().sql() == null) {
            return false;
        }
        String reason = cluster.finalFailure(job.jobId()).orElse(null);
        if (reason == null) {
            return false;
        }
        LOG.warn("job {} ({}): has failed for good: {}", job.name(), job.jobId(), reason);
        book.update(job, record -> record.thatFailed(reason));
        return true;
    }

    private void submitLogged(JobRecord job, Upkeep upkeep) throws IOException {
        try {
            submit(job, upkeep);
        } catch (IOException | SqlException e) {
            if (e instanceof SqlException && job.predecessor() != null) {
                withdraw(job, String.valueOf(e.getMessage()));
            } else if (!closed) {
                LOG.warn("job {} ({}): not running yet; trying again: {}", job.name(), job.jobId(), e.toString());
            }
        }
    }

    /**
     * Submits a job under the id of its record, from the newest checkpoint: an unseen run of this id may have left one.
     */
    private void submit(JobRecord job, Upkeep upkeep) throws IOException, SqlException {
        String from;
        try {
            submitter.prepare(job);
            from = checkpoints.newest(job).orElse(null);
            JobRecord current = book.update(job, record -> record.from(from)).orElse(null);
            if (current == null || current.isStopping() || current.successor() != null || closed) {
                return;
            }
            submitter.submit(current);
        } catch (IOException | SqlException e) {
            upkeep.failed(String.valueOf(e.getMessage()), clock.instant());
            throw e;
        }
        upkeep.confirmed(watch.now(), clock.instant());
        book.update(job, JobRecord::thatIsSeen);
        LOG.info("job {}: submitted as {} from {}", job.name(), job.jobId(), from == null ? "its beginning" : from);
    }

    /** Has the statements of a job checked. @throws SqlException if one is refused */
    void check(JobSpec spec) throws IOException, SqlException {
        submitter.check(spec);
    }

    /** Submits a job that has just been added, and tells how that went. */
    void submitFirst(JobRecord job, FirstSubmission first) {
        submitFirst(job, first, () -> forget(job, ""));
    }

    /**
     * Submits a job again that had failed for good, and tells how that went.
     *
     * @return nothing if it has been stopped or submitted meanwhile
     */
    Optional<JobRecord> submitFailed(JobRecord failed, FirstSubmission first) throws IOException {
        JobRecord next = JobRecord.submission(
                failed.spec(), ids.next(), checkpoints.newest(failed).orElse(null));
        Optional<JobRecord> changed = book.update(failed, current -> current.isStopping() ? current : next)
                .filter(next::equals);
        changed.ifPresent(job -> submitFirst(job, first, () -> book.update(job, current -> failed)));
        return changed;
    }

    private void submitFirst(JobRecord job, FirstSubmission first, FirstSubmission.Withdrawal withdrawal) {
        Upkeep upkeep = upkeepOf(job);
        boolean begun = with(upkeep, Upkeep.Call.SUBMISSION, () -> {
            try {
                submit(job, upkeep);
                first.isKept();
            } catch (SqlException | NotSubmittedException e) { // the cluster was handed nothing
                if (first.isRefused(withdrawal, e)) {
                    return;
                }
                LOG.warn(
                        "job {} ({}): refused after its author was told to wait: {}",
                        job.name(),
                        job.jobId(),
                        e.toString());
            } catch (IOException e) {
                LOG.warn(
                        "job {} ({}): it is not known whether it runs; trying again: {}",
                        job.name(),
                        job.jobId(),
                        e.toString());
                first.isKept();
            }
        });
        if (!begun) {
            first.isKept(); // the loop was faster
        }
    }

    /** Ends a job that is marked so. The future ends when the job is known to have ended, or is forgotten. */
    CompletableFuture<Void> end(JobRecord job) {
        CompletableFuture<Void> ended = ending(job);
        cancel(job, upkeepOf(job));
        return ended;
    }

    /** Returns what ends when a job that is marked to be ended has ended. */
    CompletableFuture<Void> ending(JobRecord job) {
        CompletableFuture<Void> ended = endings.computeIfAbsent(job.jobId(), any -> new CompletableFuture<>());
        JobRecord now = book.get(job.name());
        if (now == null || !now.jobId().equals(job.jobId())) { // forgotten meanwhile
            endings.remove(job.jobId(), ended);
            ended.complete(null);
        }
        return ended;
    }

    /** Cancels a job and watches it end, for a moment; afterwards the loop does. */
    private void cancel(JobRecord job, Upkeep upkeep) {
        with(upkeep, Upkeep.Call.OTHER, () -> {
            try {
                cluster.cancel(job.jobId());
                String status = cluster.endOf(job.jobId());
                if (NextStep.isTerminal(status)) {
                    hasEnded(job, upkeep, status);
                }
            } catch (IOException e) {
                LOG.warn(
                        "job {} ({}): cannot be cancelled yet; trying again: {}",
                        job.name(),
                        job.jobId(),
                        e.toString());
            }
        });
    }

    private void hasEnded(JobRecord cancelled, Upkeep upkeep, String status) throws IOException {
        JobRecord job = book.get(cancelled.name());
        if (job != null && job.successor() != null && !job.isStopping()) {
            succeed(cancelled, upkeep, status);
        } else {
            forget(cancelled, status);
        }
    }

    private void forget(JobRecord job, String status) throws IOException {
        if (book.remove(job)) {
            upkeeps.remove(job.jobId());
            suspects.forget(job.name());
            if (job.isStopping()) {
                replacements.isStopped(job.name());
            } else {
                replacements.hasSucceeded(job);
            }
            CompletableFuture<Void> ended = endings.remove(job.jobId());
            if (ended != null) {
                ended.complete(null);
            }
            LOG.info("job {} ({}): is over ({})", job.name(), job.jobId(), status.isEmpty() ? "not found" : status);
        }
    }

    private void look(JobRecord job, Upkeep upkeep, Instant now) {
        if (!upkeep.look(now, checkpoints.areRemote() ? REMOTE_LOOK_INTERVAL : LOOK_INTERVAL)) {
            return;
        }
        with(upkeep, Upkeep.Call.OTHER, () -> {
            try {
                noteCheckpoint(job);
                FlinkCluster.Failure failure =
                        cluster.newestFailure(job.jobId()).orElse(null);
                if (failure != null) {
                    upkeep.trouble(
                            upkeep.trouble().with(cluster.restarts(job.jobId()), failure.at(), failure.reason()));
                }
            } catch (IOException e) {
                LOG.debug(
                        "job {} ({}): the cluster does not say how it does: {}", job.name(), job.jobId(), e.toString());
            }
        });
    }

    private void noteCheckpoint(JobRecord job) throws IOException {
        String path = cluster.latestCheckpoint(job.jobId()).orElse(null);
        if (path != null && checkpoints.isElsewhere(path)) {
            book.update(job, record -> record.withCheckpoint(path));
        }
    }

    Upkeep upkeepOf(JobRecord job) {
        return upkeeps.computeIfAbsent(job.jobId(), Upkeep::new);
    }

    @FunctionalInterface
    private interface Task {
        void run() throws IOException;
    }

    /** Makes a call for a job on a worker. Returns false if one of its kind is being made already. */
    private boolean with(Upkeep upkeep, Upkeep.Call call, Task task) {
        if (!upkeep.begin(call)) {
            return false;
        }
        Executor executor = call == Upkeep.Call.SUBMISSION ? workers.submissions() : workers.others();
        boolean taken = execute(executor, () -> {
            try {
                task.run();
            } catch (IOException e) {
                if (!closed) {
                    LOG.warn("job {}: what is known of it cannot be written; trying again", upkeep.jobId(), e);
                }
            } catch (RuntimeException e) { // the outermost frame of the worker's task
                LOG.error("job {}: could not be looked after; trying again", upkeep.jobId(), e);
            } finally {
                upkeep.end(call);
            }
        });
        if (!taken) {
            upkeep.end(call);
        }
        return taken;
    }

    private static boolean execute(Executor executor, Runnable task) {
        try {
            executor.execute(task);
            return true;
        } catch (RejectedExecutionException e) { // the node is going down
            return false;
        }
    }

    /**
     * Notes that the cluster has ended by its jobs: by those that it had only just taken or, if there are none, by any.
     *
     * @param reason as far as it is known
     */
    void clusterEnded(String reason) {
        Instant now = clock.instant();
        List<JobRecord> all = book.all();
        List<String> young = names(all, job -> upkeepOf(job).isYoung(now));
        List<String> suspected =
                young.isEmpty() ? names(all, job -> upkeepOf(job).isTaken()) : young;
        LOG.warn("the Flink cluster has ended ({}), perhaps by one of {}", reason, suspected);
        suspects.add(suspected, reason, now);
    }

    private static List<String> names(List<JobRecord> jobs, Predicate<JobRecord> condition) {
        return jobs.stream().filter(condition).map(JobRecord::name).toList();
    }

    /** Returns what there is to tell of a job, without asking the cluster. */
    JobState stateOf(JobRecord job) {
        Instant now = clock.instant();
        JobState state = upkeepOf(job).state(job, watch.listing(), watch.state(), now);
        boolean isAbsent = state.status().equals("WAITING") || state.status().equals("SUBMITTED");
        String suspicion = isAbsent ? suspects.reason(job.name(), now).orElse(null) : null;
        return suspicion == null
                ? state
                : new JobState(state.name(), state.jobId(), "HELD", state.restarts(), null, suspicion);
    }

    void close() {
        closed = true;
    }
}
