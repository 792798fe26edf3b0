package io.millrace.analytics.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.documents.DocumentStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ReplacementTest {
    private static final JobSpec OLD = sql("INSERT INTO a SELECT 1");
    private static final JobSpec NEW = sql("INSERT INTO a SELECT 2");
    private static final String REASON = "Cannot map checkpoint/savepoint state for operator 7 to the new program";

    @TempDir
    Path directory;

    private final TestClock clock = new TestClock();
    private final SplittableRandom random = new SplittableRandom();
    private FakeFlink flink;
    private ManagedJobs jobs;

    private static JobSpec sql(String statement) {
        return JobSpec.ofSql("app", new JobSpec.SqlJob(List.of("CREATE TABLE a (x INT)"), statement));
    }

    @BeforeEach
    void start() throws Exception {
        flink = new FakeFlink();
        open();
        jobs.start(OLD).toCompletableFuture().join();
        jobs.reconcile();
    }

    @AfterEach
    void stop() {
        flink.close();
    }

    private void open() throws IOException {
        jobs = ManagedJobs.open(
                new ManagedJobs.Setup(
                        DocumentStore.open(directory.resolve("jobs")),
                        DocumentStore.open(directory.resolve("identity")),
                        new ManagedJobs.Flink(
                                new FlinkCluster(ClusterAccess.Source.open(flink.url())),
                                new SqlGateway(ClusterAccess.Source.open(flink.url()))),
                        Map.of(),
                        directory.resolve("checkpoints"),
                        Duration.ofSeconds(1)),
                clock,
                random::nextLong,
                new Workers(Runnable::run, Runnable::run));
    }

    private String jobId() {
        return jobs.state("app").orElseThrow().jobId();
    }

    private String checkpoint(String job) throws IOException {
        Path folder = Files.createDirectories(
                directory.resolve("checkpoints").resolve(job).resolve("chk-5"));
        CheckpointsTest.write(folder);
        return folder.toUri().toString();
    }

    private CompletableFuture<ManagedJobs.Replaced> replace(boolean withoutState) {
        return jobs.replace(NEW, withoutState).toCompletableFuture();
    }

    /** Lets the job that runs now complete a checkpoint that Flink tells of. */
    private void completeCheckpoint() {
        flink.checkpoints.put(jobId(), "file:///somewhere/chk-1");
        jobs.reconcile();
    }

    private static String failureOf(CompletableFuture<?> future) {
        try {
            return "succeeds: " + future.join();
        } catch (CompletionException e) {
            return String.valueOf(e.getCause().getMessage());
        }
    }

    @Test
    void aChangedTextGoesOnFromTheNewestCheckpointOnceTheOldJobHasEnded() throws Exception {
        String old = jobId();
        String newest = checkpoint(old);
        CompletableFuture<ManagedJobs.Replaced> replaced = replace(false);
        assertThat(jobId()).isNotEqualTo(old);
        assertThat(flink.statuses).isEqualTo(Map.of(old, "CANCELED", jobId(), "RUNNING"));
        assertThat(flink.restoredFrom.get(jobId())).isEqualTo(newest);
        jobs.reconcile();
        assertThat(replaced).as("before the first checkpoint").isNotDone();
        completeCheckpoint();
        assertThat(replaced.join())
                .isEqualTo(new ManagedJobs.Replaced(
                        ManagedJobs.Outcome.REPLACED, newest, jobs.state("app").orElseThrow()));
        assertThat(flink.statements)
                .endsWith("EXPLAIN INSERT INTO a SELECT 2", "CREATE TABLE a (x INT)", statement(NEW));
        assertThat(jobs.start(NEW).toCompletableFuture().join().started()).isFalse();
    }

    private static String statement(JobSpec spec) {
        return spec.sql().statement();
    }

    @Test
    void aTextThatFlinkRefusesLeavesTheJobAlone() throws Exception {
        String old = jobId();
        flink.refusal = "Object 'b' not found";
        assertThat(failureOf(replace(false))).isEqualTo("Object 'b' not found");
        jobs.reconcile();
        assertThat(flink.statuses).isEqualTo(Map.of(old, "RUNNING"));
    }

    @Test
    void aTextThatDoesNotFitTheStateIsWithdrawnWithFlinksReasonAndTheOldOneGoesOn() throws Exception {
        String newest = checkpoint(jobId());
        flink.incompatibility = REASON;
        CompletableFuture<ManagedJobs.Replaced> replaced = replace(false);
        flink.incompatibility = "";
        assertThat(failureOf(replaced))
                .startsWith("application app is not replaced: ")
                .contains(REASON, "--without-state");
        jobs.reconcile();
        jobs.reconcile();
        assertThat(flink.statuses.get(jobId())).isEqualTo("RUNNING");
        assertThat(flink.restoredFrom.get(jobId())).isEqualTo(newest);
        assertThat(flink.statements).endsWith(statement(OLD));
        JobState state = jobs.state("app").orElseThrow();
        assertThat(state.isRunning()).isTrue();
        assertThat(state.reason()).startsWith("its replacement was withdrawn: ").contains(REASON);
        assertThat(jobs.start(OLD).toCompletableFuture().join().started()).isFalse();
        assertThat(flink.statuses.values().stream().filter("RUNNING"::equals)).hasSize(1);
    }

    @Test
    void aTextThatFailsBeforeItsFirstCheckpointIsEndedAndTheOldOneGoesOn() throws Exception {
        String newest = checkpoint(jobId());
        CompletableFuture<ManagedJobs.Replaced> replaced = replace(false);
        String trial = jobId();
        flink.failures.put(trial, clock.instant().toEpochMilli() + " a.b.StateMigrationException: not compatible");
        for (int round = 0; round < 4; round++) {
            jobs.reconcile();
        }
        assertThat(failureOf(replaced)).contains("a.b.StateMigrationException: not compatible");
        assertThat(flink.statuses).containsEntry(trial, "CANCELED").containsEntry(jobId(), "RUNNING");
        assertThat(flink.restoredFrom.get(jobId())).isEqualTo(newest);
        assertThat(flink.statements).endsWith(statement(OLD));
    }

    @Test
    void withoutStateTheNewTextBeginsWithNothing() throws Exception {
        checkpoint(jobId());
        flink.incompatibility = REASON;
        CompletableFuture<ManagedJobs.Replaced> replaced = replace(true);
        completeCheckpoint();
        assertThat(replaced.join().from()).isNull();
        assertThat(flink.restoredFrom.get(jobId())).isEmpty();
    }

    @Test
    void aNodeThatIsRestartedInTheMidstOfItGoesOnWithIt() throws Exception {
        String old = jobId();
        String newest = checkpoint(old);
        flink.cancelsFail = true;
        replace(false);
        assertThat(jobs.state("app").orElseThrow().status()).isEqualTo("REPLACING");
        flink.cancelsFail = false;
        open();
        jobs.reconcile();
        String trial = jobId();
        assertThat(flink.statuses).isEqualTo(Map.of(old, "CANCELED", trial, "RUNNING"));
        assertThat(flink.restoredFrom.get(trial)).isEqualTo(newest);

        open();
        assertThat(Path.of(URI.create(newest))).as("the way back").exists();
        flink.statuses.put(trial, "FAILED");
        flink.failures.put(trial, clock.instant().toEpochMilli() + " a.b.StateMigrationException: not compatible");
        jobs.reconcile();
        jobs.reconcile();
        assertThat(flink.statuses.get(jobId())).isEqualTo("RUNNING");
        assertThat(flink.restoredFrom.get(jobId())).isEqualTo(newest);
        assertThat(flink.statements).endsWith(statement(OLD));
    }

    @Test
    void aClusterThatIsLostWhileTheNewTextIsOnTrialKeepsTheWayBack() throws Exception {
        String newest = checkpoint(jobId());
        replace(false);
        jobs.reconcile(); // sees it
        flink.replace();
        jobs.reconcile();
        assertThat(flink.restoredFrom.get(jobId())).isEqualTo(newest);
        flink.statuses.put(jobId(), "FAILED");
        jobs.reconcile();
        jobs.reconcile();
        assertThat(flink.statements).endsWith(statement(OLD));
        assertThat(flink.statuses.get(jobId())).isEqualTo("RUNNING");
    }

    @Test
    void whatIsStoppedWhileItIsReplacedEnds() throws Exception {
        flink.cancelsFail = true;
        CompletableFuture<ManagedJobs.Replaced> replaced = replace(false);
        jobs.stop("app");
        flink.cancelsFail = false;
        jobs.reconcile();
        assertThat(jobs.states()).isEmpty();
        assertThat(flink.statuses.values()).containsOnly("CANCELED");
        assertThat(failureOf(replaced)).isEqualTo("application app was stopped while it was being replaced");
    }

    @Test
    void theSameTextIsLeftAloneAndAnUnknownNameIsStarted() throws Exception {
        String old = jobId();
        assertThat(jobs.replace(OLD, false).toCompletableFuture().join().outcome())
                .isEqualTo(ManagedJobs.Outcome.UNCHANGED);
        assertThat(jobId()).isEqualTo(old);
        JobSpec other = JobSpec.ofSql("other", new JobSpec.SqlJob(List.of(), "INSERT INTO a SELECT 3"));
        assertThat(jobs.replace(other, false).toCompletableFuture().join().outcome())
                .isEqualTo(ManagedJobs.Outcome.STARTED);
    }

    @Test
    void aJobThatIsBeingReplacedIsNotReplacedOnceMore() throws Exception {
        replace(false);
        assertThatThrownBy(() -> jobs.replace(sql("INSERT INTO a SELECT 4"), false)
                        .toCompletableFuture()
                        .join())
                .hasMessageContaining("application app is being replaced already");
    }
}
