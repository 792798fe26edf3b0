package io.millrace.analytics.control;

import io.millrace.protocol.state.DamagedDocument;
import io.millrace.protocol.state.DocumentStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * The jobs that should run, and the loop that sees to it.
 *
 * <p>A job is remembered before it is submitted, so that a crash in between submits it again. A job that the cluster does
 * not know (because the cluster is new) or that has failed is submitted again from its newest checkpoint, under a new job
 * id. An application that was cancelled or has finished by itself is forgotten; a job of a jar has no end of its own and is
 * submitted again. A job that should run no more is remembered until the cluster has been told. Thread-safe; calls block on
 * the cluster.
 */
public final class ManagedJobs {
    private static final Logger LOG = LoggerFactory.getLogger(ManagedJobs.class);
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final Map<String, String> DEFAULT_SETTINGS = Map.of(
            "execution.checkpointing.interval", "1 s",
            "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION",
            "restart-strategy.type", "exponential-delay",
            "restart-strategy.exponential-delay.initial-backoff", "200 ms",
            "restart-strategy.exponential-delay.max-backoff", "10 s");

    private final DocumentStore store;
    private final FlinkCluster cluster;
    private final SqlGateway gateway;
    private final Map<String, Path> jars;
    private final Checkpoints checkpoints;
    private final Map<String, JobRecord> jobs = new TreeMap<>();
    private final Map<String, DamagedDocument> damaged = new TreeMap<>();
    private final Map<String, String> uploaded = new LinkedHashMap<>();

    private ManagedJobs(
            DocumentStore store,
            FlinkCluster cluster,
            SqlGateway gateway,
            Map<String, Path> jars,
            Checkpoints checkpoints) {
        this.store = store;
        this.cluster = cluster;
        this.gateway = gateway;
        this.jars = Map.copyOf(jars);
        this.checkpoints = checkpoints;
    }

    /**
     * Loads what an earlier run wanted.
     *
     * @param jars the jars that jobs name by key
     * @param checkpointRoot the cluster's checkpoint directory if it is on this machine
     */
    public static ManagedJobs open(
            DocumentStore store,
            FlinkCluster cluster,
            SqlGateway gateway,
            Map<String, Path> jars,
            @Nullable Path checkpointRoot)
            throws IOException {
        ManagedJobs managed = new ManagedJobs(store, cluster, gateway, jars, new Checkpoints(checkpointRoot));
        managed.load();
        return managed;
    }

    private synchronized void load() throws IOException {
        DocumentStore.Loaded<JobRecord> loaded = store.load(ManagedJobs::parse);
        jobs.putAll(loaded.documents());
        loaded.damaged().forEach(document -> damaged.put(document.key(), document));
        if (damaged.isEmpty()) { // else their checkpoints are among those that nothing refers to
            checkpoints.removeAllBut(List.copyOf(jobs.values()));
        }
    }

    /** @throws RuntimeException if the document is no description of a job */
    private static JobRecord parse(String key, byte[] content) {
        JobRecord job = MAPPER.readValue(content, JobRecord.class);
        Objects.requireNonNull(job.spec().name());
        Objects.requireNonNull(job.jobId());
        return job;
    }

    /** Returns the documents of jobs that cannot be read. Such a job is not started: it would begin from nothing. */
    public synchronized List<DamagedDocument> damaged() {
        return List.copyOf(damaged.values());
    }

    /**
     * A job as it stands.
     *
     * @param status in Flink's words; {@code UNKNOWN} when the cluster does not know it or does not answer; {@code DAMAGED}
     *     when its description cannot be read
     * @param reason why the job has ended for good or cannot run; absent while it should run
     */
    public record JobState(
            String name,
            String jobId,
            String status,
            @Nullable String reason) {}

    public synchronized List<JobState> states() {
        Map<String, String> statuses = statuses();
        return Stream.concat(
                        jobs.values().stream().map(job -> stateOf(job, statuses.getOrDefault(job.jobId(), "UNKNOWN"))),
                        damaged.entrySet().stream()
                                .map(job -> new JobState(
                                        job.getKey(),
                                        "",
                                        "DAMAGED",
                                        job.getValue().toString())))
                .toList();
    }

    private static JobState stateOf(JobRecord job, String status) {
        String failure = job.failure();
        return new JobState(job.spec().name(), job.jobId(), failure == null ? status : "FAILED", failure);
    }

    public synchronized Optional<JobState> state(String name) {
        return states().stream().filter(state -> state.name().equals(name)).findFirst();
    }

    private Map<String, String> statuses() {
        try {
            return cluster.jobStatuses();
        } catch (IOException e) {
            return Map.of();
        }
    }

    /** Wants a job from now on; the loop will start it. Nothing happens if it is wanted already. */
    public synchronized void want(JobSpec spec) throws IOException {
        if (!jobs.containsKey(spec.name())) {
            refuseDamaged(spec.name());
            remember(JobRecord.submission(spec, newJobId(), null));
        }
    }

    /**
     * Wants a job and submits it at once, so that its author hears what is wrong with it; a refused job is not wanted.
     *
     * @return false if the very same job is wanted already
     * @throws SqlException if its SQL is refused
     * @throws IllegalStateException if another job has the name
     */
    public synchronized boolean start(JobSpec spec) throws IOException, SqlException {
        JobRecord existing = jobs.get(spec.name());
        if (existing != null) {
            if (existing.isStopping()) {
                throw new IllegalStateException("application %s is stopping".formatted(spec.name()));
            }
            if (existing.failure() != null) {
                return startAgain(existing, spec);
            }
            if (existing.spec().equals(spec)) {
                return false;
            }
            throw new IllegalStateException(
                    "application %s is running with another text; stop it first".formatted(spec.name()));
        }
        DamagedDocument document = damaged.get(spec.name());
        if (document != null) {
            throw new IllegalStateException(document.toString());
        }
        JobRecord job = JobRecord.submission(spec, newJobId(), null);
        remember(job);
        try {
            submit(job);
        } catch (IOException | SqlException e) {
            forget(spec.name());
            throw e;
        }
        return true;
    }

    /** A job that has ended for good goes on from its newest checkpoint: its author has removed the reason. */
    private boolean startAgain(JobRecord failed, JobSpec spec) throws IOException, SqlException {
        if (!failed.spec().equals(spec)) {
            throw new IllegalStateException(
                    "application %s has failed with another text; stop it first".formatted(spec.name()));
        }
        try {
            submitAgain(failed);
        } catch (IOException | SqlException e) {
            remember(failed);
            throw e;
        }
        return true;
    }

    /**
     * Stops wanting a job and ends it. Returns whether there was one.
     *
     * @throws IOException if the cluster does not answer; the loop ends the job when it does
     */
    public synchronized boolean stop(String name) throws IOException {
        JobRecord job = jobs.get(name);
        if (job == null) {
            return forgetDamaged(name);
        }
        remember(job.thatIsStopping());
        end(job);
        return true;
    }

    private boolean forgetDamaged(String name) throws IOException {
        if (!damaged.containsKey(name)) {
            return false;
        }
        store.delete(name);
        damaged.remove(name);
        return true;
    }

    private void refuseDamaged(String name) throws IOException {
        DamagedDocument document = damaged.get(name);
        if (document != null) {
            throw new IOException(document.toString());
        }
    }

    private void end(JobRecord job) throws IOException {
        cluster.cancel(job.jobId());
        forget(job.spec().name());
    }

    /** Makes the cluster match what is wanted, as far as it can now. Called again and again. */
    public synchronized void reconcile() {
        if (jobs.isEmpty() || !cluster.isReady() || !gateway.isReady()) {
            return;
        }
        Map<String, String> statuses;
        try {
            statuses = cluster.jobStatuses();
        } catch (IOException e) {
            LOG.warn("the Flink cluster does not say what it runs; asking again", e);
            return;
        }
        for (JobRecord job : List.copyOf(jobs.values())) {
            try {
                reconcile(job, statuses.getOrDefault(job.jobId(), ""));
            } catch (IOException | SqlException e) {
                LOG.warn("job {}: not running yet; trying again", job.spec().name(), e);
            }
        }
    }

    /** @param status in Flink's words; empty when the cluster does not know the job */
    private void reconcile(JobRecord job, String status) throws IOException, SqlException {
        if (job.isStopping()) {
            end(job);
            return;
        }
        if (job.failure() != null) {
            return;
        }
        switch (status) {
            case "" -> submitAgain(job);
            case "FAILED" -> {
                Optional<String> reason =
                        job.spec().sql() == null ? Optional.empty() : cluster.finalFailure(job.jobId());
                if (reason.isPresent()) {
                    LOG.warn("job {}: has failed for good: {}", job.spec().name(), reason.get());
                    remember(job.thatFailed(reason.get()));
                } else {
                    submitAgain(job);
                }
            }
            case "CANCELED", "FINISHED" -> {
                LOG.info("job {}: is {}", job.spec().name(), status);
                if (job.spec().sql() == null) {
                    submitAgain(job);
                } else {
                    forget(job.spec().name());
                }
            }
            default -> noteCheckpoint(job);
        }
    }

    private void submitAgain(JobRecord job) throws IOException, SqlException {
        Optional<String> from = checkpoints.newest(job);
        JobRecord next = JobRecord.submission(job.spec(), newJobId(), from.orElse(null));
        remember(next);
        submit(next);
        LOG.info("job {}: submitted as {} from {}", job.spec().name(), next.jobId(), from.orElse("its beginning"));
    }

    private void noteCheckpoint(JobRecord job) throws IOException {
        Optional<String> path = cluster.latestCheckpoint(job.jobId());
        if (path.isPresent()
                && checkpoints.isElsewhere(path.get())
                && !path.get().equals(job.checkpointPath())) {
            remember(job.withCheckpoint(path.get()));
        }
    }

    private void submit(JobRecord job) throws IOException, SqlException {
        JobSpec.JarJob jar = job.spec().jar();
        JobSpec.SqlJob sql = job.spec().sql();
        if (jar != null) {
            submitJar(job, jar);
        } else if (sql != null) {
            submitSql(job, sql);
        }
    }

    private void submitJar(JobRecord job, JobSpec.JarJob jar) throws IOException {
        Map<String, String> settings = new TreeMap<>(DEFAULT_SETTINGS);
        settings.put("pipeline.name", job.spec().name());
        settings.putAll(jar.settings());
        FlinkCluster.JarRun run = new FlinkCluster.JarRun(
                jarId(jar.jar()), jar.entryClass(), jar.arguments(), job.jobId(), job.restorePath(), settings);
        try {
            cluster.run(run);
        } catch (IOException e) {
            uploaded.remove(jar.jar()); // the cluster may have been replaced and lost its jars
            throw e;
        }
    }

    private String jarId(String key) throws IOException {
        String id = uploaded.get(key);
        if (id == null) {
            Path jar = jars.get(key);
            if (jar == null) {
                throw new IOException("jar %s is not part of this installation".formatted(key));
            }
            id = cluster.upload(jar);
            uploaded.put(key, id);
        }
        return id;
    }

    private void submitSql(JobRecord job, JobSpec.SqlJob sql) throws IOException, SqlException {
        try (SqlGateway.Session session = gateway.openSession(DEFAULT_SETTINGS)) {
            for (String statement : sql.prelude()) {
                session.execute(statement, Map.of(), row -> true);
            }
            Map<String, String> settings = new TreeMap<>();
            settings.put("pipeline.name", job.spec().name());
            settings.put("$internal.pipeline.job-id", job.jobId());
            if (job.restorePath() != null) {
                settings.put("execution.state-recovery.path", job.restorePath());
            }
            session.execute(sql.statement(), settings, row -> true);
        }
    }

    private void remember(JobRecord job) throws IOException {
        store.put(job.spec().name(), MAPPER.writeValueAsBytes(job));
        jobs.put(job.spec().name(), job);
    }

    private void forget(String name) throws IOException {
        store.delete(name);
        jobs.remove(name);
    }

    private static String newJobId() {
        return UUID.randomUUID().toString().replace("-", "");
    }
}
