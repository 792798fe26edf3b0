package io.millrace.analytics.control;

import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that should run, and the loop that sees to it.
 *
 * <p>A job is remembered before it is submitted, under an id that only this node's jobs have. Until the cluster is
 * known to have it, it is submitted again and again under that id, which the cluster takes once; a job of this node
 * that nobody remembers is cancelled. One that the cluster has lost, or that has failed, is submitted under another id
 * from its newest checkpoint. An application that was cancelled or has finished by itself is forgotten; a job of a jar
 * has no end of its own and is submitted again.
 *
 * <p>Thread-safe. Nothing here waits for the cluster but {@link #reconcile()}: changes are durable when a call returns
 * and are carried out by threads of their own, and {@link #states()} tells what the cluster said last.
 */
public final class ManagedJobs implements Closeable {
    /** How long the author of an application waits for what the cluster says to it. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final int MAX_NAME_CHARS = 128;

    private final JobBook book;
    private final JobIds ids;
    private final ClusterWatch watch;
    private final JobLoop loop;
    private final Workers workers;

    /**
     * Where jobs are remembered and where they run.
     *
     * @param jobs one document a job
     * @param identity what makes the ids of this node's jobs its own
     * @param jars the jars that jobs name by key
     * @param checkpointRoot the cluster's checkpoint directory if it is on this machine
     * @param checkpointInterval of every job that does not set its own
     */
    public record Setup(
            DocumentStore jobs,
            DocumentStore identity,
            Flink flink,
            Map<String, Path> jars,
            @Nullable Path checkpointRoot,
            Duration checkpointInterval) {}

    /** The two REST APIs of a cluster. */
    public record Flink(FlinkCluster cluster, SqlGateway gateway) {}

    private ManagedJobs(JobBook book, JobIds ids, JobLoop.Means means, Workers workers, InstantSource clock) {
        this.book = book;
        this.ids = ids;
        this.watch = means.watch();
        this.workers = workers;
        this.loop = new JobLoop(book, ids, means, workers, clock);
    }

    /**
     * Loads what an earlier run wanted.
     *
     * @param random for job ids; must not repeat what an earlier run drew
     */
    public static ManagedJobs open(Setup setup, InstantSource clock, LongSupplier random) throws IOException {
        return open(setup, clock, random, Workers.start());
    }

    static ManagedJobs open(Setup setup, InstantSource clock, LongSupplier random, Workers workers) throws IOException {
        JobBook book = JobBook.open(setup.jobs());
        Checkpoints checkpoints = new Checkpoints(setup.checkpointRoot());
        if (book.damaged().isEmpty()) { // else their checkpoints are among those that nothing refers to
            checkpoints.removeAllBut(book.all());
        }
        FlinkCluster cluster = setup.flink().cluster();
        JobLoop.Means means = new JobLoop.Means(
                cluster,
                new JobSubmitter(cluster, setup.flink().gateway(), setup.jars(), setup.checkpointInterval()),
                checkpoints,
                new ClusterWatch(cluster, clock));
        return new ManagedJobs(book, JobIds.open(setup.identity(), random), means, workers, clock);
    }

    /** Returns all jobs as they were when the cluster answered last. Does not wait for it. */
    public List<JobState> states() {
        return Stream.concat(
                        book.all().stream().map(this::stateOf),
                        book.damaged().stream().map(ManagedJobs::stateOf))
                .toList();
    }

    private static JobState stateOf(DamagedDocument document) {
        return new JobState(document.key(), "", "DAMAGED", 0, null, document.toString());
    }

    /** Returns the documents of jobs that cannot be read. Such a job is not started: it would begin from nothing. */
    public List<DamagedDocument> damaged() {
        return book.damaged();
    }

    public Optional<JobState> state(String name) {
        return Optional.ofNullable(book.get(name))
                .map(this::stateOf)
                .or(() -> book.damaged(name).map(ManagedJobs::stateOf));
    }

    /** Returns what is known of the cluster. Does not wait for it. */
    public ClusterState cluster() {
        return watch.state();
    }

    private JobState stateOf(JobRecord job) {
        return loop.stateOf(job);
    }

    /** Wants a job from now on; the loop will start it. Nothing happens if it is wanted already. */
    public void want(JobSpec spec) throws IOException {
        book.addIfAbsent(JobRecord.submission(spec, ids.next(), null));
    }

    /**
     * How the start of a job went.
     *
     * @param started false if the very same job was wanted already
     */
    public record Start(boolean started, JobState job) {}

    /**
     * Wants a job and submits it at once, so that its author hears what is wrong with it; a refused job is not wanted.
     * If the cluster has not answered within half a minute, the job is kept, and starts when the cluster does.
     *
     * @return fails with {@link SqlException} if its SQL is refused, with {@link IllegalStateException} if another job
     *     has the name, and with {@link IOException} if the cluster cannot be reached
     */
    public CompletionStage<Start> start(JobSpec spec) {
        try {
            return start(spec, new FirstSubmission());
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private CompletionStage<Start> start(JobSpec spec, FirstSubmission first) throws IOException {
        if (spec.name().isBlank() || spec.name().length() > MAX_NAME_CHARS) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "name: %s characters (expected: 1 to %s)",
                    spec.name().length(),
                    MAX_NAME_CHARS));
        }
        Optional<DamagedDocument> damaged = book.damaged(spec.name());
        if (damaged.isPresent()) {
            throw new IllegalStateException(damaged.get().toString());
        }
        JobRecord job = JobRecord.submission(spec, ids.next(), null);
        JobRecord existing = book.addIfAbsent(job);
        if (existing == null) {
            loop.submitFirst(job, first);
            return answer(first, job);
        }
        if (existing.isStopping()) {
            return afterIts(existing, spec);
        }
        if (existing.failure() != null) {
            return startAgain(existing, spec, first);
        }
        if (existing.spec().equals(spec)) {
            return CompletableFuture.completedStage(new Start(false, stateOf(existing)));
        }
        throw new IllegalStateException(String.format(
                Locale.ROOT,
                "application %s is running with another text; stop it first, or replace it with 'sql --replace'",
                spec.name()));
    }

    private CompletionStage<Start> answer(FirstSubmission first, JobRecord job) {
        CompletableFuture.delayedExecutor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .execute(first::isKept);
        return first.answer().thenApply(kept -> new Start(true, stateOf(job)));
    }

    /** A job that has ended for good goes on from its newest checkpoint: its author has removed the reason. */
    private CompletionStage<Start> startAgain(JobRecord failed, JobSpec spec, FirstSubmission first)
            throws IOException {
        if (!failed.spec().equals(spec)) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT, "application %s has failed with another text; stop it first", spec.name()));
        }
        Optional<JobRecord> next = loop.submitFailed(failed, first);
        return next.isPresent() ? answer(first, next.get()) : start(spec);
    }

    /** How the replacement of a job went. */
    public enum Outcome {
        /** There was none of that name. */
        STARTED,
        /** It had this text already. */
        UNCHANGED,
        REPLACED,
        /** The author's patience was too short; the state of the job tells how it ends. */
        UNDER_WAY
    }

    /**
     * A job after its replacement.
     *
     * @param from the checkpoint that the new text began from; absent if it began with nothing
     */
    public record Replaced(Outcome outcome, @Nullable String from, JobState job) {}

    /**
     * Ends an application and starts another text under its name, from its newest checkpoint. If Flink refuses the new
     * text, or it fails before its first checkpoint, the text of before goes on.
     *
     * @param withoutState whether the new text begins with nothing
     * @return fails as {@link #start} does, and with {@link IllegalStateException} and Flink's reason if the text of
     *     before goes on
     */
    public CompletionStage<Replaced> replace(JobSpec spec, boolean withoutState) {
        CompletableFuture<Void> checked = new CompletableFuture<>();
        workers.submissions().execute(() -> {
            try {
                loop.check(spec);
                checked.complete(null);
            } catch (IOException | SqlException | RuntimeException e) { // the outermost frame of the worker's task
                checked.completeExceptionally(e);
            }
        });
        return checked.thenCompose(correct -> {
            try {
                return replaceChecked(spec, withoutState);
            } catch (IOException | RuntimeException e) {
                return CompletableFuture.failedStage(e);
            }
        });
    }

    private CompletionStage<Replaced> replaceChecked(JobSpec spec, boolean withoutState) throws IOException {
        JobRecord job = book.get(spec.name());
        if (job == null || job.isStopping()) {
            return start(spec).thenApply(start -> new Replaced(Outcome.STARTED, null, start.job()));
        }
        if (job.spec().sql() == null) {
            throw new IllegalStateException(String.format(Locale.ROOT, "%s is no application", spec.name()));
        }
        if (job.successor() != null || job.predecessor() != null) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT, "application %s is being replaced already; see 'sql --list'", spec.name()));
        }
        if (job.spec().equals(spec) && job.failure() == null && !withoutState) {
            return CompletableFuture.completedStage(new Replaced(Outcome.UNCHANGED, null, stateOf(job)));
        }
        Optional<JobRecord> marked = book.update(
                job, current -> current.isStopping() ? current : current.with(Successor.of(spec, withoutState)));
        if (marked.isEmpty()) {
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "application %s has ended meanwhile; try again", spec.name()));
        }
        return loop.replace(marked.get())
                .thenApply(next -> new Replaced(Outcome.REPLACED, next.restorePath(), stateOf(next)))
                .completeOnTimeout(
                        new Replaced(Outcome.UNDER_WAY, null, stateOf(marked.get())),
                        PATIENCE.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    private CompletionStage<Start> afterIts(JobRecord end, JobSpec spec) {
        CompletableFuture<Void> ended = loop.ending(end).copy().orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        return ended.handle((done, late) -> late == null
                        ? start(spec)
                        : CompletableFuture.<Start>failedStage(new IllegalStateException(String.format(
                                Locale.ROOT,
                                "application %s is stopping; the cluster has not ended it yet",
                                spec.name()))))
                .thenCompose(start -> start);
    }

    /**
     * Stops wanting a job. The loop ends it as soon as the cluster answers, which {@link #ended} tells.
     *
     * @return false if there was none
     */
    public boolean stop(String name) throws IOException {
        JobRecord job = book.get(name);
        if (job == null) {
            return book.removeDamaged(name);
        }
        Optional<JobRecord> stopping = book.update(job, JobRecord::thatIsStopping);
        stopping.ifPresent(loop::end);
        return stopping.isPresent();
    }

    /** Returns what ends when a job that was stopped has ended; at once if there is none. */
    public CompletionStage<Void> ended(String name) {
        JobRecord job = book.get(name);
        return job == null
                ? CompletableFuture.completedStage(null)
                : loop.ending(job).copy();
    }

    /**
     * Makes the cluster match what is wanted, as far as it can now. Called again and again, by one thread; waits for
     * it.
     */
    public void reconcile() {
        loop.round();
    }

    /**
     * Notes that one of its jobs has ended the cluster. Those that may have done it are started again with growing
     * pauses and one at a time, and the others at once.
     *
     * @param reason for those who ask for the state of a job
     */
    public void clusterEnded(String reason) {
        loop.clusterEnded(reason);
    }

    /** Submits nothing any more. What runs on the cluster goes on. */
    @Override
    public void close() {
        loop.close();
        book.close();
        workers.stop();
    }
}
