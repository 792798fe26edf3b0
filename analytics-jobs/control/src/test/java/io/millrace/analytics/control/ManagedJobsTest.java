package io.millrace.analytics.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.state.DamagedDocument;
import io.millrace.protocol.state.DocumentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class ManagedJobsTest {
    private static final JobSpec JAR =
            JobSpec.ofJar("delivery", new JobSpec.JarJob("jar", "Main", List.of("argument"), Map.of()));
    private static final JobSpec SQL =
            JobSpec.ofSql("app", new JobSpec.SqlJob(List.of("CREATE TABLE a (x INT)"), "INSERT INTO a SELECT 1"));

    @TempDir
    Path directory;

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

    private void open() throws IOException {
        jobs = ManagedJobs.open(
                DocumentStore.open(directory.resolve("jobs")),
                new FlinkCluster(ClusterAccess.Source.open(flink.url())),
                new SqlGateway(ClusterAccess.Source.open(flink.url())),
                Map.of("jar", directory.resolve("job.jar")),
                directory.resolve("checkpoints"));
    }

    private String jobId(String name) {
        return jobs.state(name).orElseThrow().jobId();
    }

    private String checkpoint(String job, int number) throws IOException {
        Path folder = Files.createDirectories(
                directory.resolve("checkpoints").resolve(job).resolve("chk-" + number));
        Files.writeString(folder.resolve("_metadata"), "");
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
        jobs.start(SQL);
        String first = jobId("app");
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

        flink.replace(); // before the second had a checkpoint of its own
        jobs.reconcile();
        assertThat(flink.restoredFrom.get(jobId("app"))).isEqualTo(newest);
    }

    @Test
    void aJobThatFailedForGoodStaysFailedWithItsReasonAndGoesOnWhenItIsStartedAgain() throws Exception {
        jobs.start(SQL);
        String id = jobId("app");
        String newest = checkpoint(id, 3);
        flink.set("FAILED");
        flink.failure = "java.lang.RuntimeException: task\n\tat a.B.c(B.java:1)\nCaused by: "
                + "io.millrace.analytics.connector.failure.FinalFailureException: stream 'gone': does not exist\n\tat x";
        jobs.reconcile();
        ManagedJobs.JobState failed = new ManagedJobs.JobState("app", id, "FAILED", "stream 'gone': does not exist");
        assertThat(jobs.states()).containsExactly(failed);
        flink.replace();
        open();
        jobs.reconcile();
        assertThat(flink.statuses).isEmpty();
        assertThat(jobs.states()).containsExactly(failed);

        JobSpec other = JobSpec.ofSql("app", new JobSpec.SqlJob(List.of(), "INSERT INTO a SELECT 2"));
        assertThatThrownBy(() -> jobs.start(other)).hasMessageContaining("has failed with another text");
        assertThat(jobs.start(SQL)).isTrue();
        assertThat(jobs.state("app").orElseThrow().status()).isEqualTo("RUNNING");
        assertThat(flink.restoredFrom.get(jobId("app"))).isEqualTo(newest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CANCELED", "FINISHED"})
    void aJobThatWasCancelledOrHasFinishedIsForgotten(String status) throws Exception {
        jobs.start(SQL);
        flink.set(status);
        jobs.reconcile();
        assertThat(jobs.states()).isEmpty();
        open();
        assertThat(jobs.states()).isEmpty();
    }

    @Test
    void aJobIsFoundAgainAfterARestartOfTheNode() throws Exception {
        jobs.start(SQL);
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
        jobs.start(SQL);
        flink.checkpoints.put(jobId("app"), "s3://checkpoints/a/chk-4");
        jobs.reconcile();
        open();
        flink.replace();
        jobs.reconcile();
        assertThat(flink.restoredFrom.get(jobId("app"))).isEqualTo("s3://checkpoints/a/chk-4");
    }

    @Test
    void refusedSqlIsToldAndNotRemembered() throws IOException {
        flink.refusal = "Object 'a' not found";
        assertThatThrownBy(() -> jobs.start(SQL))
                .isInstanceOf(SqlException.class)
                .hasMessage("Object 'a' not found");
        assertThat(jobs.states()).isEmpty();
        open();
        assertThat(jobs.states()).isEmpty();
    }

    @Test
    void theSameStartTwiceIsOneJobAndAnotherTextIsRefused() throws Exception {
        assertThat(jobs.start(SQL)).isTrue();
        assertThat(jobs.start(SQL)).isFalse();
        open();
        assertThat(jobs.start(SQL)).isFalse();
        assertThat(flink.statuses).hasSize(1);
        assertThat(flink.statements).containsExactly("CREATE TABLE a (x INT)", "INSERT INTO a SELECT 1");
        JobSpec other = JobSpec.ofSql("app", new JobSpec.SqlJob(List.of(), "INSERT INTO a SELECT 2"));
        assertThatThrownBy(() -> jobs.start(other)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aStoppedJobEndsAndIsForgotten() throws Exception {
        jobs.start(SQL);
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
        jobs.start(SQL);
        String id = jobId("app");
        flink.cancelsFail = true;
        assertThatThrownBy(() -> jobs.stop("app")).isInstanceOf(IOException.class);
        jobs.reconcile();
        assertThat(flink.statuses).containsExactly(Map.entry(id, "RUNNING"));
        assertThatThrownBy(() -> jobs.start(SQL)).hasMessage("application app is stopping");

        open();
        flink.cancelsFail = false;
        jobs.reconcile();
        assertThat(flink.statuses).containsExactly(Map.entry(id, "CANCELED"));
        assertThat(jobs.states()).isEmpty();
    }

    @Test
    void aJarThatANewClusterDoesNotKnowIsUploadedAgain() throws IOException {
        jobs.want(JAR);
        jobs.reconcile();
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
        jobs.start(SQL);
        String id = jobId("app");
        flink.close();
        jobs.reconcile();
        assertThat(jobs.states()).containsExactly(new ManagedJobs.JobState("app", id, "UNKNOWN", null));
        JobSpec other = JobSpec.ofSql("other", new JobSpec.SqlJob(List.of(), "INSERT INTO a SELECT 2"));
        assertThatThrownBy(() -> jobs.start(other)).isInstanceOf(IOException.class);
        assertThat(jobs.state("other")).isEmpty();
    }

    @Test
    void aDamagedDescriptionKeepsItsCheckpointsAndNoOtherJobFromRunning() throws Exception {
        jobs.start(SQL);
        jobs.want(JAR);
        jobs.reconcile();
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
