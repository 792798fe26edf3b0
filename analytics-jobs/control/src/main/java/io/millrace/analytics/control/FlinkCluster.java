package io.millrace.analytics.control;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The REST API of a Flink cluster (Flink 2.3 documentation, "REST API"), as far as jobs need it. Thread-safe. */
public final class FlinkCluster {
    private static final int END_POLLS = 20;
    private static final long END_POLL_MILLIS = 50;

    private final RestClient rest;

    public FlinkCluster(ClusterAccess.Source access) {
        this(access, RestClient.Limits.USUAL);
    }

    FlinkCluster(ClusterAccess.Source access, RestClient.Limits limits) {
        this.rest = new RestClient(access, limits);
    }

    /**
     * How a jar is run.
     *
     * @param restorePath a checkpoint or savepoint; absent to begin with nothing
     */
    public record JarRun(
            String jarId,
            String entryClass,
            List<String> arguments,
            String jobId,
            @Nullable String restorePath,
            Map<String, String> configuration) {}

    /** Tells whether the cluster answers and has a worker. */
    public boolean isReady() {
        try {
            return workers() > 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Tells within a time-out whether the cluster answers and has a worker. */
    public boolean answers(Duration timeout) throws InterruptedException {
        return rest.answers(
                "/v1/overview", timeout, page -> page.path("taskmanagers").asInt(0) > 0);
    }

    /** Returns how many task managers the cluster has. */
    int workers() throws IOException {
        RestClient.Answer answer = rest.poll("/v1/overview");
        if (!answer.isSuccess()) {
            throw new IOException("overview: " + RestClient.errorText(answer));
        }
        return answer.body().path("taskmanagers").asInt(0);
    }

    /** Returns the status, in Flink's words, of every job that the cluster knows, by job id. */
    public Map<String, String> jobStatuses() throws IOException {
        RestClient.Answer answer = rest.poll("/v1/jobs");
        if (!answer.isSuccess()) {
            throw new IOException("jobs: " + RestClient.errorText(answer));
        }
        Map<String, String> statuses = new TreeMap<>();
        answer.body()
                .path("jobs")
                .forEach(job -> statuses.put(
                        job.path("id").asString(), job.path("status").asString()));
        return statuses;
    }

    /** Returns the status of a job; nothing if the cluster does not know it. */
    Optional<String> status(String jobId) throws IOException {
        RestClient.Answer answer = rest.poll("/v1/jobs/" + jobId);
        if (answer.status() == 404) {
            return Optional.empty();
        }
        if (!answer.isSuccess()) {
            throw new IOException(String.format(
                    Locale.ROOT, "job %s: %s", jobId, StackTraces.lastCause(RestClient.errorText(answer))));
        }
        return Optional.of(answer.body().path("state").asString(""));
    }

    /** Watches a job that was cancelled end, for about a second. Returns its last status; empty if there is none. */
    String endOf(String jobId) throws IOException {
        String status = status(jobId).orElse("");
        for (int i = 0; i < END_POLLS && !status.isEmpty() && !NextStep.isTerminal(status); i++) {
            try {
                TimeUnit.MILLISECONDS.sleep(END_POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while a job ends", e);
            }
            status = status(jobId).orElse("");
        }
        return status;
    }

    /** Returns where the newest completed checkpoint of a running job lies. */
    public Optional<String> latestCheckpoint(String jobId) throws IOException {
        RestClient.Answer answer = rest.poll("/v1/jobs/" + jobId + "/checkpoints");
        JsonNode path = answer.body().path("latest").path("completed").path("external_path");
        return path.isString() ? Optional.of(path.asString()) : Optional.empty();
    }

    /** Returns why a job has failed, if another submission would fail for the same reason. */
    Optional<String> finalFailure(String jobId) throws IOException {
        RestClient.Answer answer = rest.poll("/v1/jobs/" + jobId + "/exceptions");
        if (!answer.isSuccess()) {
            throw new IOException(
                    String.format(Locale.ROOT, "exceptions of job %s: %s", jobId, RestClient.errorText(answer)));
        }
        for (JsonNode entry : answer.body().path("exceptionHistory").path("entries")) {
            Optional<String> reason =
                    FinalFailure.reasonIn(entry.path("stacktrace").asString(""));
            if (reason.isPresent()) {
                return reason;
            }
        }
        return Optional.empty();
    }

    /**
     * What Flink knows of a job since its submission. A number is below zero when Flink did not tell it.
     *
     * @param restarts how often Flink has started it again
     * @param checkpointMillis when the newest checkpoint was completed
     * @param checkpointBytes its size
     */
    public record JobFacts(long restarts, long checkpointMillis, long checkpointBytes, long failedCheckpoints) {
        public static final JobFacts UNKNOWN = new JobFacts(-1, -1, -1, -1);
    }

    /** Returns what the cluster knows of a job. */
    public JobFacts facts(String jobId) throws IOException {
        RestClient.Answer checkpoints = rest.poll("/v1/jobs/" + jobId + "/checkpoints");
        if (!checkpoints.isSuccess()) {
            return JobFacts.UNKNOWN;
        }
        JsonNode completed = checkpoints.body().path("latest").path("completed");
        JsonNode restarts =
                rest.poll("/v1/jobs/" + jobId + "/metrics?get=numRestarts").body();
        return new JobFacts(
                restarts.path(0).path("value").asLong(-1),
                completed.path("latest_ack_timestamp").asLong(-1),
                completed.path("state_size").asLong(-1),
                checkpoints.body().path("counts").path("failed").asLong(-1));
    }

    /** A failure of a job: the newest that its cluster remembers. */
    record Failure(Instant at, String reason) {}

    /** Returns the newest failure of a job that its cluster remembers. */
    Optional<Failure> newestFailure(String jobId) throws IOException {
        RestClient.Answer answer = rest.poll("/v1/jobs/" + jobId + "/exceptions?maxExceptions=1");
        JsonNode newest = answer.body().path("exceptionHistory").path("entries").path(0);
        if (!answer.isSuccess() || !newest.path("timestamp").isNumber()) {
            return Optional.empty();
        }
        return Optional.of(new Failure(
                Instant.ofEpochMilli(newest.path("timestamp").asLong()),
                StackTraces.lastCause(newest.path("stacktrace").asString(""))));
    }

    /** Returns how often the cluster has restarted a job; 0 while it has not counted yet. */
    long restarts(String jobId) throws IOException {
        RestClient.Answer answer = rest.poll("/v1/jobs/" + jobId + "/metrics?get=numRestarts");
        return answer.body().path(0).path("value").asLong(0);
    }

    /** Uploads a job's jar and returns its id on the cluster. */
    public String upload(Path jar) throws IOException {
        String boundary = "----" + UUID.randomUUID();
        byte[] head = RestClient.utf8(String.format(
                Locale.ROOT,
                "--%s\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\"%s\"\r\nContent-Type: application/java-archive\r\n\r\n",
                boundary,
                jar.getFileName()));
        byte[] end = RestClient.utf8(String.format(Locale.ROOT, "\r\n--%s--\r\n", boundary));
        HttpRequest.Builder request = rest.request("/v1/jars/upload")
                .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                .POST(HttpRequest.BodyPublishers.concat(
                        HttpRequest.BodyPublishers.ofByteArray(head),
                        HttpRequest.BodyPublishers.ofFile(jar),
                        HttpRequest.BodyPublishers.ofByteArray(end)));
        RestClient.Answer answer = rest.send(request);
        if (!answer.isSuccess()) {
            throw new IOException(String.format(Locale.ROOT, "upload of %s: %s", jar, RestClient.errorText(answer)));
        }
        String file = answer.body().path("filename").asString();
        return file.substring(file.lastIndexOf('/') + 1);
    }

    /** What the cluster said to a submission. */
    enum Acceptance {
        ACCEPTED,
        /** It has had a job of this id before, which may run or have ended. */
        KNOWN_ALREADY,
        NO_SUCH_JAR
    }

    /**
     * Runs an uploaded jar; returns when the cluster has answered.
     *
     * @throws IOException if it did not, or with an error: then the job may have started or start later all the same
     */
    Acceptance run(JarRun run) throws IOException {
        Map<String, Object> body = new TreeMap<>(Map.of(
                "entryClass", run.entryClass(),
                "programArgsList", run.arguments(),
                "jobId", run.jobId(),
                "flinkConfiguration", run.configuration()));
        if (run.restorePath() != null) {
            body.put("savepointPath", run.restorePath());
        }
        RestClient.Answer answer = rest.post("/v1/jars/" + run.jarId() + "/run", body);
        if (answer.isSuccess()) {
            return Acceptance.ACCEPTED;
        }
        String text = RestClient.errorText(answer);
        if (StackTraces.isDuplicate(text)) {
            return Acceptance.KNOWN_ALREADY;
        }
        if (text.contains(run.jarId()) && text.contains("does not exist")) {
            return Acceptance.NO_SUCH_JAR;
        }
        throw new IOException(String.format(Locale.ROOT, "job %s: %s", run.jobId(), StackTraces.lastCause(text)));
    }

    /** Asks a job to end without a savepoint; its retained checkpoints stay. */
    public void cancel(String jobId) throws IOException {
        RestClient.Answer answer = rest.patch("/v1/jobs/" + jobId + "?mode=cancel");
        if (!answer.isSuccess() && answer.status() != 404 && answer.status() != 409) {
            throw new IOException(
                    String.format(Locale.ROOT, "cancel of job %s: %s", jobId, RestClient.errorText(answer)));
        }
    }
}
