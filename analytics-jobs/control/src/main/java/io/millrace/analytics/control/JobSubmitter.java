package io.millrace.analytics.control;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Hands jobs to the cluster: uploads their jar or runs their statements. Calls block on the cluster. Thread-safe.
 *
 * <p>A cluster takes a job id once. So a submission whose answer was lost is repeated under the same id, as often as it
 * takes: at most one of them starts the job.
 */
final class JobSubmitter {
    private static final Duration STATEMENT_LIMIT = Duration.ofMinutes(3);
    private static final Map<String, String> DEFAULT_SETTINGS = Map.of(
            "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION",
            "restart-strategy.type", "exponential-delay",
            "restart-strategy.exponential-delay.initial-backoff", "200 ms",
            "restart-strategy.exponential-delay.max-backoff", "10 s");

    private final FlinkCluster cluster;
    private final SqlGateway gateway;
    private final Map<String, Path> jars;
    private final Map<String, String> settings;
    /** The id that a jar has on the cluster; one upload at a time for each jar. */
    private final Map<String, CompletableFuture<String>> uploaded = new ConcurrentHashMap<>();

    /** @param checkpointInterval of jobs that do not set their own */
    JobSubmitter(FlinkCluster cluster, SqlGateway gateway, Map<String, Path> jars, Duration checkpointInterval) {
        this.cluster = cluster;
        this.gateway = gateway;
        this.jars = Map.copyOf(jars);
        Map<String, String> all = new TreeMap<>(DEFAULT_SETTINGS);
        all.put("execution.checkpointing.interval", checkpointInterval.toMillis() + " ms");
        this.settings = Map.copyOf(all);
    }

    /**
     * Uploads the jar of a job if the cluster does not have it. That takes long, and the checkpoint to start from must
     * be chosen after it: an earlier submission of the id may run and end meanwhile.
     *
     * @throws NotSubmittedException if the cluster does not take the jar
     */
    void prepare(JobRecord job) throws NotSubmittedException {
        JobSpec.JarJob jar = job.spec().jar();
        if (jar != null) {
            uploadedId(jar);
        }
    }

    /**
     * Submits a job under the id and from the checkpoint of its record. When it returns, the cluster knows the id.
     *
     * @throws SqlException if a statement is refused; then there is no job
     * @throws NotSubmittedException if the cluster could not be asked; then there is no job either
     * @throws IOException if it is not known whether the cluster has the job, or ever will
     */
    void submit(JobRecord job) throws IOException, SqlException {
        JobSpec.JarJob jar = job.spec().jar();
        JobSpec.SqlJob sql = job.spec().sql();
        if (jar != null) {
            submitJar(job, jar);
        } else if (sql != null) {
            submitSql(job, sql);
        }
    }

    private void submitJar(JobRecord job, JobSpec.JarJob jar) throws IOException {
        Map<String, String> configuration = new TreeMap<>(settings);
        configuration.put("pipeline.name", job.name());
        configuration.putAll(jar.settings());
        String jarId = uploadedId(jar);
        FlinkCluster.Acceptance acceptance = cluster.run(new FlinkCluster.JarRun(
                jarId, jar.entryClass(), jar.arguments(), job.jobId(), job.restorePath(), configuration));
        if (acceptance == FlinkCluster.Acceptance.NO_SUCH_JAR) {
            uploaded.remove(jar.jar()); // the cluster was replaced and lost its jars
            throw new IOException(
                    String.format(Locale.ROOT, "the cluster has lost the jar %s; uploading it again", jar.jar()));
        }
    }

    private String uploadedId(JobSpec.JarJob jar) throws NotSubmittedException {
        try {
            return jarId(jar.jar());
        } catch (IOException e) {
            throw new NotSubmittedException(e);
        }
    }

    private String jarId(String key) throws IOException {
        CompletableFuture<String> mine = new CompletableFuture<>();
        CompletableFuture<String> first = uploaded.putIfAbsent(key, mine);
        if (first != null) {
            return idOf(first);
        }
        try {
            mine.complete(upload(key));
        } catch (IOException | RuntimeException e) { // others may be waiting for it
            uploaded.remove(key, mine);
            mine.completeExceptionally(e);
        }
        return idOf(mine);
    }

    /** Waits as long as an upload takes, which has a time-out. */
    private static String idOf(CompletableFuture<String> upload) throws IOException {
        try {
            return upload.join();
        } catch (CompletionException e) {
            throw new IOException("the jar could not be uploaded: " + e.getCause(), e);
        }
    }

    private String upload(String key) throws IOException {
        Path jar = jars.get(key);
        if (jar == null) {
            throw new IOException(String.format(Locale.ROOT, "jar %s is not part of this installation", key));
        }
        return cluster.upload(jar);
    }

    private void submitSql(JobRecord job, JobSpec.SqlJob sql) throws IOException, SqlException {
        try (SqlGateway.Session session = prepare(sql)) {
            session.execute(sql.statement(), settingsOf(job), row -> true);
        } catch (SqlException e) {
            if (StackTraces.isDuplicate(e.trace())) {
                return;
            }
            throw known(e);
        }
    }

    /**
     * Has Flink plan the statement of a job without running it.
     *
     * @throws SqlException if it is refused
     */
    void check(JobSpec spec) throws IOException, SqlException {
        JobSpec.SqlJob sql = spec.sql();
        if (sql == null) {
            return;
        }
        try (SqlGateway.Session session = prepare(sql)) {
            session.execute(explanationOf(sql.statement()), Map.of(), row -> true);
        } catch (SqlException e) {
            throw known(e);
        }
    }

    /** Keeps the line numbers of the statement. */
    private static String explanationOf(String statement) {
        return "EXPLAIN " + statement.strip().replaceFirst("(?i)^EXECUTE\\s+", "");
    }

    /** Opens a session that has everything that the statement needs. */
    private SqlGateway.Session prepare(JobSpec.SqlJob sql) throws IOException, SqlException {
        try {
            SqlGateway.Session session = gateway.openSession(settings, STATEMENT_LIMIT);
            boolean prepared = false;
            try {
                for (String statement : sql.prelude()) {
                    session.execute(statement, Map.of(), row -> true);
                }
                prepared = true;
                return session;
            } finally {
                if (!prepared) {
                    session.close();
                }
            }
        } catch (IOException e) {
            throw new NotSubmittedException(e);
        }
    }

    /** Returns the exception if it tells of what the author has to change. @throws IOException if it does not */
    private static SqlException known(SqlException e) throws IOException {
        if (!StackTraces.isRefusal(e.trace())) {
            throw new IOException(e.getMessage(), e);
        }
        return e;
    }

    private static Map<String, String> settingsOf(JobRecord job) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("pipeline.name", job.name());
        settings.put("$internal.pipeline.job-id", job.jobId());
        if (job.restorePath() != null) {
            settings.put("execution.state-recovery.path", job.restorePath());
        }
        return settings;
    }
}
