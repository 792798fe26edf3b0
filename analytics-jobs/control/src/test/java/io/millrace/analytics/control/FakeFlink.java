package io.millrace.analytics.control;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a Flink cluster and its SQL gateway answer, as far as they are asked here. Jobs run as soon as they are submitted; an
 * id is taken once, whatever became of its job, until the cluster is replaced.
 */
final class FakeFlink implements AutoCloseable {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    static {
        System.setProperty("sun.net.httpserver.nodelay", "true"); // or every answer takes 40 ms
    }

    final Map<String, String> statuses = new TreeMap<>();
    final Map<String, String> names = new HashMap<>();
    /** By job: the interval that its submission asked for; by session: that of the session. */
    final Map<String, String> intervals = new HashMap<>();

    final Map<String, String> restoredFrom = new TreeMap<>();
    final Map<String, String> checkpoints = new TreeMap<>();
    final Map<String, String> failures = new HashMap<>();
    final List<String> statements = new ArrayList<>();
    final Set<String> jars = new HashSet<>();
    private final Set<String> sessions = new HashSet<>();
    private final Map<String, String> refusedOperations = new HashMap<>();
    int uploads;
    int created;
    int workers = 1;
    boolean cancelsFail;
    String refusal = "";
    /** Why no job can begin from a checkpoint. */
    String incompatibility = "";
    /** The stack trace of the newest failure of all jobs; for one job see {@link #failures}. */
    String failure = "";
    /** Told of every job that is accepted, by name and id, before it counts as running. */
    BiConsumer<String, String> onAccepted = (name, id) -> {};

    private final HttpServer server;

    FakeFlink() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::serve);
        server.start();
    }

    URI url() {
        return URI.create("http://localhost:" + server.getAddress().getPort());
    }

    /** A cluster that was replaced by a new one knows neither jobs nor jars. */
    synchronized void replace() {
        statuses.clear();
        jars.clear();
        sessions.clear();
        refusedOperations.clear();
    }

    synchronized void set(String status) {
        statuses.replaceAll((job, old) -> status);
    }

    private synchronized void serve(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        Answer answer =
                answer(exchange.getRequestMethod(), exchange.getRequestURI().getPath(), body);
        byte[] bytes = MAPPER.writeValueAsBytes(answer.body());
        exchange.sendResponseHeaders(answer.status(), bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private record Answer(int status, Object body) {}

    private static Answer ok(Object body) {
        return new Answer(200, body);
    }

    private static Answer errors(int status, String... texts) {
        return new Answer(status, Map.of("errors", List.of(texts)));
    }

    private Answer answer(String method, String path, byte[] body) {
        String[] parts = path.split("/", -1);
        if (path.startsWith("/v4/")) {
            return gateway(method, path, parts, body);
        } else if (path.equals("/v1/overview")) {
            return ok(Map.of("taskmanagers", workers));
        } else if (path.equals("/v1/jobs")) {
            return ok(Map.of(
                    "jobs",
                    statuses.entrySet().stream()
                            .map(job -> Map.of("id", job.getKey(), "status", job.getValue()))
                            .toList()));
        } else if (path.equals("/v1/jars/upload")) {
            String id = "jar-" + ++uploads;
            jars.add(id);
            return ok(Map.of("filename", "/tmp/flink-web-upload/" + id));
        } else if (path.endsWith("/run")) {
            return run(parts[3], MAPPER.readTree(body));
        } else if (path.startsWith("/v1/jobs/")) {
            return job(method, parts[3], parts.length > 4 ? parts[4] : "");
        }
        return errors(404, "Not found: " + path);
    }

    private Answer job(String method, String id, String of) {
        if (method.equals("PATCH") && cancelsFail) {
            return errors(503, "busy");
        } else if (!statuses.containsKey(id)) {
            return errors(404, "Job %s not found".formatted(id));
        } else if (method.equals("PATCH")) {
            if (NextStep.isTerminal(statuses.get(id)) && !statuses.get(id).equals("CANCELED")) {
                return errors(
                        409, "Job cancellation failed because the job has already reached another terminal state");
            }
            statuses.put(id, "CANCELED");
            return new Answer(202, Map.of());
        }
        return switch (of) {
            case "" -> ok(Map.of("jid", id, "state", statuses.get(id)));
            case "checkpoints" ->
                ok(
                        checkpoints.containsKey(id)
                                ? Map.of("latest", Map.of("completed", Map.of("external_path", checkpoints.get(id))))
                                : Map.of());
            case "metrics" -> ok(List.of(Map.of("id", "numRestarts", "value", failures.containsKey(id) ? "7" : "0")));
            case "exceptions" ->
                ok(Map.of(
                        "exceptionHistory",
                        Map.of(
                                "entries",
                                failures.containsKey(id)
                                        ? List.of(Map.of(
                                                "timestamp",
                                                Long.parseLong(failures.get(id).split(" ", 2)[0]),
                                                "stacktrace",
                                                "a.b.Failed: outside\n\tat a.b\nCaused by: "
                                                        + failures.get(id).split(" ", 2)[1]))
                                        : List.of(Map.of("stacktrace", failure)))));
            default -> errors(404, "Not found: " + of);
        };
    }

    private Answer run(String jar, JsonNode body) {
        if (!jars.contains(jar)) {
            return errors(
                    500,
                    "Internal server error.",
                    "Caused by: a.b.RestHandlerException: Jar file " + jar + " does not exist");
        }
        String id = body.path("jobId").asString();
        String name = body.path("flinkConfiguration").path("pipeline.name").asString();
        intervals.put(
                id,
                body.path("flinkConfiguration")
                        .path("execution.checkpointing.interval")
                        .asString());
        if (!isAccepted(name, id, body.path("savepointPath").asString(""))) {
            return errors(400, "Could not execute application.\n" + duplicate());
        }
        return ok(Map.of("jobid", id));
    }

    private static String duplicate() {
        return "Caused by: org.apache.flink.runtime.client.DuplicateApplicationSubmissionException: Application has already been submitted.";
    }

    private Answer gateway(String method, String path, String[] parts, byte[] body) {
        if (path.equals("/v4/info")) {
            return ok(Map.of());
        } else if (path.equals("/v4/sessions")) {
            String session = "session-" + ++created;
            sessions.add(session);
            intervals.put(
                    session,
                    MAPPER.readTree(body)
                            .path("properties")
                            .path("execution.checkpointing.interval")
                            .asString());
            return ok(Map.of("sessionHandle", session));
        } else if (!sessions.contains(parts[3])) {
            return errors(
                    500,
                    "Internal server error.",
                    "Caused by: org.apache.flink.table.gateway.api.utils.SqlGatewayException: Session '%s' does not exist."
                            .formatted(parts[3]));
        } else if (path.endsWith("/statements")) {
            return ok(Map.of("operationHandle", execute(MAPPER.readTree(body))));
        } else if (path.contains("/result/")) {
            String refused = refusedOperations.get(parts[5]);
            return refused == null
                    ? ok(Map.of("resultType", "EOS", "results", Map.of("data", List.of())))
                    : errors(500, "Internal server error.", refused);
        } else if (method.equals("DELETE") && parts.length == 4) {
            sessions.remove(parts[3]);
        }
        return ok(Map.of());
    }

    /** Returns the handle of an operation, whose result tells how the statement went. */
    private String execute(JsonNode body) {
        String statement = body.path("statement").asString();
        statements.add(statement);
        String operation = "operation-" + ++created;
        JsonNode settings = body.path("executionConfig");
        if (!refusal.isEmpty()) {
            refusedOperations.put(operation, "Caused by: a.b.ValidationException: " + refusal);
        } else if (!incompatibility.isEmpty() && settings.has("execution.state-recovery.path")) {
            statuses.put(settings.path("$internal.pipeline.job-id").asString(), "FAILED");
            refusedOperations.put(
                    operation,
                    "Caused by: org.apache.flink.runtime.client.JobInitializationException: Could not start the JobMaster."
                            + "\nCaused by: java.lang.IllegalStateException: " + incompatibility);
        } else if (settings.has("$internal.pipeline.job-id")
                && !isAccepted(
                        settings.path("pipeline.name").asString(),
                        settings.path("$internal.pipeline.job-id").asString(),
                        settings.path("execution.state-recovery.path").asString(""))) {
            refusedOperations.put(
                    operation,
                    "Caused by: a.b.JobSubmissionException: Failed to submit ExecutionPlan.\n" + duplicate());
        }
        return operation;
    }

    private boolean isAccepted(String name, String id, String from) {
        if (statuses.containsKey(id)) {
            return false;
        }
        names.put(id, name);
        restoredFrom.put(id, from);
        onAccepted.accept(name, id);
        statuses.put(id, "RUNNING");
        return true;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
