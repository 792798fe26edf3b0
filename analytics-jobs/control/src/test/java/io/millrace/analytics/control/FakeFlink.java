package io.millrace.analytics.control;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a Flink cluster and its SQL gateway answer, as far as they are asked here. Jobs run as soon as they are submitted. */
final class FakeFlink implements AutoCloseable {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    static {
        System.setProperty("sun.net.httpserver.nodelay", "true"); // or every answer takes 40 ms
    }

    final Map<String, String> statuses = new TreeMap<>();
    final Map<String, String> restoredFrom = new TreeMap<>();
    final Map<String, String> checkpoints = new TreeMap<>();
    final List<String> statements = new ArrayList<>();
    final Set<String> jars = new HashSet<>();
    int uploads;
    boolean cancelsFail;
    String refusal = "";
    String failure = "";
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

    private Answer answer(String method, String path, byte[] body) {
        String[] parts = path.split("/", -1);
        if (path.equals("/v1/overview")) {
            return ok(Map.of("taskmanagers", 1));
        } else if (path.equals("/v4/info")) {
            return ok(Map.of());
        } else if (path.equals("/v1/jobs")) {
            return ok(Map.of(
                    "jobs",
                    statuses.entrySet().stream()
                            .map(job -> Map.of("id", job.getKey(), "status", job.getValue()))
                            .toList()));
        } else if (path.endsWith("/checkpoints")) {
            String latest = checkpoints.get(parts[3]);
            return ok(
                    latest == null ? Map.of() : Map.of("latest", Map.of("completed", Map.of("external_path", latest))));
        } else if (path.endsWith("/exceptions")) {
            return ok(Map.of("exceptionHistory", Map.of("entries", List.of(Map.of("stacktrace", failure)))));
        } else if (path.equals("/v1/jars/upload")) {
            String id = "jar-" + ++uploads;
            jars.add(id);
            return ok(Map.of("filename", "/tmp/flink-web-upload/" + id));
        } else if (path.endsWith("/run")) {
            return run(parts[3], MAPPER.readTree(body));
        } else if (method.equals("PATCH") && cancelsFail) {
            return new Answer(503, Map.of("errors", List.of("busy")));
        } else if (method.equals("PATCH")) {
            statuses.replace(parts[3], "CANCELED");
            return new Answer(202, Map.of());
        } else if (path.equals("/v4/sessions")) {
            return ok(Map.of("sessionHandle", "session"));
        } else if (path.endsWith("/statements")) {
            return execute(MAPPER.readTree(body));
        } else if (path.contains("/result/")) {
            return ok(Map.of("resultType", "EOS", "results", Map.of("data", List.of())));
        }
        return ok(Map.of());
    }

    private Answer run(String jar, JsonNode body) {
        if (!jars.contains(jar)) {
            return new Answer(404, Map.of("errors", List.of("Jar file " + jar + " does not exist")));
        }
        submitted(body.path("jobId").asString(), body.path("savepointPath").asString(""));
        return ok(Map.of("jobid", body.path("jobId").asString()));
    }

    private Answer execute(JsonNode body) {
        String statement = body.path("statement").asString();
        statements.add(statement);
        if (!refusal.isEmpty()) {
            return new Answer(
                    500,
                    Map.of(
                            "errors",
                            List.of("Internal server error.", "Caused by: a.b.ValidationException: " + refusal)));
        }
        JsonNode settings = body.path("executionConfig");
        if (settings.has("$internal.pipeline.job-id")) {
            submitted(
                    settings.path("$internal.pipeline.job-id").asString(),
                    settings.path("execution.state-recovery.path").asString(""));
        }
        return ok(Map.of("operationHandle", "operation"));
    }

    private void submitted(String job, String from) {
        statuses.put(job, "RUNNING");
        restoredFrom.put(job, from);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
