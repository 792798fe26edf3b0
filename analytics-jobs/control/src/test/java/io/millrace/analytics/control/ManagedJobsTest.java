package io.millrace.analytics.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class ManagedJobsTest {
    private static final JobSpec JAR =
            JobSpec.ofJar("delivery", new JobSpec.JarJob("jar", "Main", List.of("argument"), Map.of()));
    private static final JobSpec SQL =
            JobSpec.ofSql("app", new JobSpec.SqlJob(List.of("CREATE TABLE a (x INT)"), "INSERT INTO a SELECT 1"));

    @TempDir
    Path directory;

    private final TestClock clock = new TestClock();
    private final SplittableRandom random = new SplittableRandom();
    private FakeFlink flink;
    private ManagedJobs jobs;

    @BeforeEach
    void start() throws IOException {
        flink = new FakeFlink();
        Files.writeString(directory.resolve("job.jar"), "jar");
        open();
    }

    @AfterEach
    void stop() {
        flink.close();
    }

    /** Opens jobs whose calls are made by the thread of the test itself, so that a round is over when it returns. */
    private void open() throws IOException {
        jobs = open(directory.resolve("checkpoints"), new Workers(Runnable::run, Runnable::run));
    }

    private ManagedJobs open(@Nullable Path checkpoints, Workers workers) throws IOException {
        return ManagedJobs.open(
                new ManagedJobs.Setup(
                        DocumentStore.open(directory.resolve("jobs")),
                        DocumentStore.open(directory.resolve("identity")),
                        new ManagedJobs.Flink(
                                new FlinkCluster(ClusterAccess.Source.open(flink.url())),
                                new SqlGateway(ClusterAccess.Source.open(flink.url()))),
                        Map.of("jar", directory.resolve("job.jar")),
                        checkpoints,
                        Duration.ofMillis(1500)),
                clock,
                random::nextLong,
                workers);
    }

    /** Starts a job and returns whether it is a new one. */
    private boolean start(JobSpec spec) throws Exception {
        try {
            return jobs.start(spec).toCompletableFuture().join().started();
        } catch (CompletionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private String jobId(String name) {
        return jobs.state(name).orElseThrow().jobId();
    }

    private String checkpoint(String job, int number) throws IOException {
        Path folder = Files.createDirectories(
                directory.resolve("checkpoints").resolve(job).resolve("chk-" + number));
        CheckpointsTest.write(folder);
        return folder.toUri().toString();
    }

    @Test
    void aWantedJobIsSubmittedOnceAndLeftAlone() throws IOException {
        jobs.want(JAR);
        assertThat(jobs.state("delivery").orElseThrow().status()).isEqualTo("UNKNOWN");
        jobs.reconcile();
        String id = jobId("delivery");
        jobs.reconcile();
        jobs.want(JAR);
        jobs.reconcile();
        assertThat(flink.statuses).containsExactly(Map.entry(id, "RUNNING"));
        assertThat(flink.restoredFrom.get(id)).isEmpty();
        assertThat(flink.uploads).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "FAILED"})
    void aJobThatIsUnknownOrFailedIsSubmittedAgainFromItsNewestCheckpointUnderANewId(String status) throws Exception {
        start(SQL);
        String first = jobId("app");
        jobs.reconcile(); // sees it
        checkpoint(first, 3);
        String newest = checkpoint(first, 12);
        if (status.isEmpty()) {
            flink.replace();
        } else {
            flink.set(status);
        }
        jobs.reconcile();
        String second = jobId("app");
        assertThat(second).isNotEqualTo(first);
        assertThat(flink.statuses.get(second)).isEqualTo("RUNNING");
        assertThat(flink.restoredFrom.get(second)).isEqualTo(newest);

        jobs.reconcile();
        flink.replace(); // before the second had a checkpoint of its own
        jobs.reconcile();
        assertThat(flink.restoredFrom.get(jobId("app"))).isEqualTo(newest);
    }

    @Test
    void aJobThatFailedForGoodStaysFailedWithItsReasonAndGoesOnWhenItIsStartedAgain() throws Exception {
        start(SQL);
        String id = jobId("app");
        String newest = checkpoint(id, 3);
        flink.set("FAILED");
        flink.failure = "java.lang.RuntimeException: task\n\tat a.B.c(B.java:1)\nCaused by: "
                + "io.millrace.analytics.connector.failure.FinalFailureException: stream 'gone': does not exist\n\tat x";
        jobs.reconcile();
        JobState failed = new JobState("app", id, "FAILED", 0, null, "stream 'gone': does not exist");
        assertThat(jobs.states()).containsExactly(failed);
        flink.replace();
        open();
        jobs.reconcile();
        assertThat(flink.statuses).isEmpty();
        assertThat(jobs.states()).containsExactly(failed);

        JobSpec other = JobSpec.ofSql("app", new JobSpec.SqlJob(List.of(), "INSERT INTO a SELECT 2"));
        assertThatThrownBy(() -> start(other)).hasMessageContaining("has failed with another text");
        flink.refusal = "Object 'a' not found";
        assertThatThrownBy(() -> start(SQL)).isInstanceOf(SqlException.class);
        assertThat(jobs.states()).containsExactly(failed);
        flink.refusal = "";
        assertThat(start(SQL)).isTrue();
        jobs.reconcile();
        assertThat(jobs.state("app").orElseThrow().status()).isEqualTo("RUNNING");
        assertThat(flink.restoredFrom.get(jobId("app"))).isEqualTo(newest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CANCELED", "FINISHED"})
    void aJobThatWasCancelledOrHasFinishedIsForgotten(String status) throws Exception {
        start(SQL);
        flink.set(status);
        jobs.reconcile();
        assertThat(jobs.states()).isEmpty();
        open();
        assertThat(jobs.states()).isEmpty();
    }

    @Test
    void aJobIsFoundAgainAfterARestartOfTheNode() throws Exception {
        start(SQL);
        String id = jobId("app");
        open();
        jobs.reconcile();
        assertThat(jobId("app")).isEqualTo(id);
        assertThat(flink.statuses).containsOnlyKeys(id);

        String newest = checkpoint(id, 2);
        checkpoint("0123456789abcdef", 1);
        flink.replace();
        open();
        assertThat(directory.resolve("checkpoints/0123456789abcdef")).doesNotExist();
        jobs.reconcile();
        assertThat(flink.restoredFrom.get(jobId("app"))).isEqualTo(newest);
    }

    @Test
    void aCheckpointElsewhereIsRememberedWhenItIsHeardOf() throws Exception {
        start(SQL);
        flink.checkpoints.put(jobId("app"), "s3://checkpoints/a/chk-4");
        jobs.reconcile();
        open();
        flink.replace();
        jobs.reconcile();
        assertThat(flink.restoredFrom.get(jobId("app"))).isEqualTo("s3://checkpoints/a/chk-4");
    }

    @Test
    void everyJobCompletesCheckpointsAtTheIntervalOfTheNode() throws Exception {
        jobs.want(JAR);
        jobs.reconcile();
        start(SQL);
        assertThat(flink.intervals).hasSize(2).containsKey(jobId("delivery"));
        assertThat(flink.intervals.values()).containsOnly("1500 ms");
    }

    @Test
    void refusedSqlIsToldAndNotRemembered() throws IOException {
        flink.refusal = "Object 'a' not found";
        assertThatThrownBy(() -> start(SQL)).isInstanceOf(SqlException.class).hasMessage("Object 'a' not found");
        assertThat(jobs.states()).isEmpty();
        open();
        assertThat(jobs.states()).isEmpty();
    }

    @Test
    void theSameStartTwiceIsOneJobAndAnotherTextIsRefused() throws Exception {
        assertThat(start(SQL)).isTrue();
        assertThat(start(SQL)).isFalse();
        open();
        assertThat(start(SQL)).isFalse();
        assertThat(flink.statuses).hasSize(1);
        assertThat(flink.statements).containsExactly("CREATE TABLE a (x INT)", "INSERT INTO a SELECT 1");
        JobSpec other = JobSpec.ofSql("app", new JobSpec.SqlJob(List.of(), "INSERT INTO a SELECT 2"));
        assertThatThrownBy(() -> start(other)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aStoppedJobEndsAndIsForgotten() throws Exception {
        start(SQL);
        String id = jobId("app");
        assertThat(jobs.stop("app")).isTrue();
        assertThat(jobs.stop("app")).isFalse();
        assertThat(flink.statuses.get(id)).isEqualTo("CANCELED");
        open();
        jobs.reconcile();
        assertThat(flink.statuses).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CANCELED", "FINISHED"})
    void aDeliveryGoesOnFromItsNewestCheckpointThoughSomebodyCancelledIt(String status) throws Exception {
        jobs.want(JAR);
        jobs.reconcile();
        String newest = checkpoint(jobId("delivery"), 7);
        flink.set(status);
        jobs.reconcile();
        assertThat(flink.statuses.get(jobId("delivery"))).isEqualTo("RUNNING");
        assertThat(flink.restoredFrom.get(jobId("delivery"))).isEqualTo(newest);
    }

    @Test
    void aJobThatCouldNotBeEndedYetIsEndedLaterAndNotSubmittedAgain() throws Exception {
        start(SQL);
        String id = jobId("app");
        flink.cancelsFail = true;
        assertThat(jobs.stop("app")).isTrue();
        jobs.reconcile();
        assertThat(flink.statuses).containsExactly(Map.entry(id, "RUNNING"));
        assertThat(jobs.state("app").orElseThrow().status()).isEqualTo("STOPPING");
        assertThat(jobs.ended("app").toCompletableFuture()).isNotDone();

        open();
        CompletionStage<Void> ended = jobs.ended("app");
        flink.cancelsFail = false;
        jobs.reconcile();
        assertThat(flink.statuses).containsExactly(Map.entry(id, "CANCELED"));
        assertThat(jobs.states()).isEmpty();
        assertThat(ended.toCompletableFuture()).isCompleted();
        assertThat(jobs.ended("app").toCompletableFuture()).isCompleted();
    }

    @Test
    void anApplicationThatIsStillStoppingStartsAgainOnceItHasEnded() throws Exception {
        start(SQL);
        String first = jobId("app");
        flink.cancelsFail = true;
        jobs.stop("app");
        JobSpec other = JobSpec.ofSql("app", new JobSpec.SqlJob(List.of(), "INSERT INTO a SELECT 2"));
        CompletionStage<ManagedJobs.Start> again = jobs.start(other);
        assertThat(again.toCompletableFuture()).isNotDone();
        assertThat(flink.statuses).containsExactly(Map.entry(first, "RUNNING"));

        flink.cancelsFail = false;
        jobs.reconcile();
        assertThat(again.toCompletableFuture().join().started()).isTrue();
        assertThat(flink.statuses).containsEntry(first, "CANCELED").containsEntry(jobId("app"), "RUNNING");
        assertThat(flink.statements).endsWith("INSERT INTO a SELECT 2");
    }

    @Test
    void aJobOfThisNodeThatNobodyWantsIsCancelledAndJobsOfOthersAreNot() throws Exception {
        start(SQL);
        String wanted = jobId("app");
        String stranger = wanted.substring(0, 16) + "0123456789abcdef";
        String foreign = "f".repeat(16) + "0123456789abcdef";
        flink.statuses.put(stranger, "RUNNING");
        flink.statuses.put(foreign, "RUNNING");
        open(); // the node's own part of an id outlives it
        jobs.reconcile();
        assertThat(flink.statuses)
                .containsEntry(wanted, "RUNNING")
                .containsEntry(stranger, "CANCELED")
                .containsEntry(foreign, "RUNNING");
    }

    @Test
    void aJobThatFailsAgainAndAgainIsSubmittedAfterGrowingPausesAndSaysWhy() throws IOException {
        jobs.want(JAR);
        for (int second = 0; second < 120; second++) {
            flink.set("FAILED");
            jobs.reconcile();
            clock.advance(Duration.ofSeconds(1));
        }
        assertThat(flink.restoredFrom).as("submissions in two minutes").hasSizeBetween(7, 10);
        JobState state = jobs.state("delivery").orElseThrow();
        assertThat(state.status()).isEqualTo("HELD");
        assertThat(state.reason()).isEqualTo("its last run has ended: FAILED");
    }

    @Test
    void aJobThatFlinkRestartsIsToldAsRestartingThoughItIsListedAsRunning() throws Exception {
        start(SQL);
        jobs.reconcile();
        assertThat(jobs.state("app").orElseThrow().status()).isEqualTo("RUNNING");
        Instant failed = clock.instant().plusSeconds(3);
        flink.failures.put(jobId("app"), failed.toEpochMilli() + " java.lang.IllegalArgumentException: poison");
        clock.advance(Duration.ofSeconds(6));
        jobs.reconcile();
        assertThat(jobs.state("app").orElseThrow())
                .isEqualTo(new JobState(
                        "app", jobId("app"), "RESTARTING", 7, failed, "java.lang.IllegalArgumentException: poison"));

        clock.advance(Duration.ofMinutes(2));
        jobs.reconcile();
        JobState recovered = jobs.state("app").orElseThrow();
        assertThat(recovered.isRunning()).isTrue();
        assertThat(recovered.reason()).isEqualTo("failed last: java.lang.IllegalArgumentException: poison");
    }

    @Test
    void aJobThatEndsTheClusterIsHeldBackAndTheOthersGoOn() throws Exception {
        for (String name : List.of("a", "bad", "c")) {
            jobs.want(JobSpec.ofJar(name, new JobSpec.JarJob("jar", "Main", List.of(), Map.of())));
        }
        int ends = 0;
        for (int second = 0; second < 300; second += 3) {
            jobs.reconcile();
            boolean ended = flink.statuses.entrySet().stream()
                    .anyMatch(job -> flink.names.get(job.getKey()).equals("bad"));
            if (ended) {
                ends++;
                flink.replace();
                jobs.clusterEnded("OutOfMemoryError");
            }
            clock.advance(Duration.ofSeconds(3));
        }
        assertThat(ends).as("ends in five minutes").isBetween(3, 7);
        jobs.reconcile();
        assertThat(jobs.state("a").orElseThrow().isRunning()).isTrue();
        assertThat(jobs.state("c").orElseThrow().isRunning()).isTrue();
        JobState bad = jobs.state("bad").orElseThrow();
        assertThat(bad.status()).isEqualTo("HELD");
        assertThat(bad.reason()).contains("suspected of having ended Flink").contains("OutOfMemoryError");
    }

    @Test
    void aNameThatNoDocumentCanHaveIsRefused() {
        JobSpec nameless = JobSpec.ofSql("x".repeat(129), new JobSpec.SqlJob(List.of(), "INSERT INTO a SELECT 2"));
        assertThatThrownBy(() -> start(nameless)).hasMessage("name: 129 characters (expected: 1 to 128)");
    }

    @Test
    void aJarThatANewClusterDoesNotKnowIsUploadedAgain() throws IOException {
        jobs.want(JAR);
        jobs.reconcile();
        jobs.reconcile(); // sees it
        String newest = checkpoint(jobId("delivery"), 1);
        flink.replace();
        jobs.reconcile(); // is told that there is no such jar
        assertThat(flink.statuses).isEmpty();
        jobs.reconcile();
        assertThat(flink.statuses).containsOnlyKeys(jobId("delivery"));
        assertThat(flink.restoredFrom.get(jobId("delivery"))).isEqualTo(newest);
        assertThat(flink.uploads).isEqualTo(2);
    }

    @Test
    void aClusterThatDoesNotAnswerIsAskedAgain() throws Exception {
        start(SQL);
        String id = jobId("app");
        flink.close();
        jobs.reconcile();
        JobState state = jobs.state("app").orElseThrow();
        assertThat(state.status()).isEqualTo("UNKNOWN");
        assertThat(state.jobId()).isEqualTo(id);
        assertThat(state.since()).isEqualTo(clock.instant());
        assertThat(state.reason()).startsWith("Flink does not answer: ");
        assertThat(jobs.cluster().isReady()).isFalse();
        JobSpec other = JobSpec.ofSql("other", new JobSpec.SqlJob(List.of(), "INSERT INTO a SELECT 2"));
        assertThatThrownBy(() -> start(other)).isInstanceOf(IOException.class);
        assertThat(jobs.state("other")).isEmpty();
    }

    @Test
    void aDamagedDescriptionKeepsItsCheckpointsAndNoOtherJobFromRunning() throws Exception {
        start(SQL);
        jobs.want(JAR);
        jobs.reconcile();
        jobs.reconcile(); // sees them
        String damaged = jobId("delivery");
        String kept = checkpoint(damaged, 7);
        DocumentStore store = DocumentStore.open(directory.resolve("jobs"));
        byte[] whole = store.read("delivery");
        store.put("delivery", Arrays.copyOf(whole, whole.length / 2));
        flink.replace();
        open();
        jobs.reconcile();

        assertThat(jobs.damaged()).extracting(DamagedDocument::key).containsExactly("delivery");
        assertThat(jobs.state("delivery").orElseThrow().status()).isEqualTo("DAMAGED");
        assertThat(flink.statuses).containsExactly(Map.entry(jobId("app"), "RUNNING"));
        assertThatThrownBy(() -> jobs.want(JAR)).hasMessageContaining("delivery.json: is damaged");

        store.put("delivery", whole);
        flink.replace();
        open();
        jobs.reconcile(); // is told that there is no such jar
        jobs.reconcile();
        assertThat(flink.restoredFrom.get(jobId("delivery"))).isEqualTo(kept);
    }

    @Test
    void aDamagedJobCanBeGivenUp() throws IOException {
        DocumentStore.open(directory.resolve("jobs")).put("app", new byte[] {'{'});
        open();
        assertThat(jobs.stop("app")).isTrue();
        assertThat(jobs.stop("app")).isFalse();
        open();
        assertThat(jobs.damaged()).isEmpty();
    }
}
