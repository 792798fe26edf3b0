package io.millrace.server.sql;

import io.millrace.analytics.control.SqlException;
import io.millrace.analytics.control.SqlGateway;
import io.millrace.analytics.control.SqlScript;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One run of a script: definitions and queries go to the SQL gateway, statements that start a job go to the node with
 * everything that was defined before them, so that it can start them again after a restart.
 */
public final class ScriptRun {
    private static final String APPLICATIONS = "/millrace/applications";
    private static final int OK = 200;

    private final SqlGateway gateway;
    private final URI node;
    private final String secret;
    private final PrintStream out;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** @param secret of the node's own key, which it may want to see */
    public ScriptRun(SqlGateway gateway, URI node, String secret, PrintStream out) {
        this.gateway = gateway;
        this.node = node;
        this.secret = secret;
        this.out = out;
    }

    /**
     * Runs all statements in order and stops at the first that is refused.
     *
     * @param name of the script, by which its applications are named
     * @throws SqlException with script, line and Flink's words
     */
    public void run(String name, List<SqlScript.Statement> statements) throws IOException, SqlException {
        List<String> prelude = new ArrayList<>();
        int applications = 0;
        try (SqlGateway.Session session = gateway.openSession(Map.of())) {
            for (SqlScript.Statement statement : statements) {
                try {
                    if (statement.startsJob()) {
                        applications++;
                        start(applications == 1 ? name : name + "#" + applications, prelude, statement.text());
                    } else {
                        show(session, statement.text());
                        if (!isQuery(statement.text())) {
                            prelude.add(statement.text());
                        }
                    }
                } catch (SqlException e) {
                    throw new SqlException(name + ":" + new Mistake(statements, statement).located(e.getMessage()));
                }
            }
        }
    }

    private static boolean isQuery(String statement) {
        return statement.matches("(?is)^(select|with|show|describe|desc|explain|values)\\b.*");
    }

    private void show(SqlGateway.Session session, String statement) throws IOException, SqlException {
        int[] count = {0};
        SqlGateway.Outcome outcome = session.execute(statement, Map.of(), row -> {
            count[0]++;
            String kind = row.kind().equals("INSERT") ? "" : "  (" + row.kind() + ")";
            out.println(String.join(" | ", row.fields()) + kind);
            return true;
        });
        if (!outcome.columns().isEmpty()) {
            out.println("(%s; %d rows)".formatted(String.join(" | ", outcome.columns()), count[0]));
        }
    }

    private void start(String name, List<String> prelude, String statement) throws IOException, SqlException {
        JsonNode answer = call("POST", Map.of("name", name, "prelude", prelude, "statement", statement));
        String job = answer.path("job").path("jobId").asString("");
        out.println(
                answer.path("started").asBoolean(false)
                        ? "application %s runs as job %s".formatted(name, job)
                        : "application %s is running already, as job %s".formatted(name, job));
    }

    /** Shows the jobs that the node keeps running. */
    public void list() throws IOException {
        try {
            for (JsonNode job : call("GET", Map.of()).path("jobs")) {
                out.println("%-10s %s  %s"
                        .formatted(
                                job.path("status").asString(),
                                job.path("jobId").asString(),
                                job.path("name").asString()));
                if (job.path("reason").isString()) {
                    out.println("           " + job.path("reason").asString());
                }
            }
        } catch (SqlException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Stops an application for good. */
    public void stop(String name) throws IOException {
        try {
            boolean stopped =
                    call("DELETE", Map.of("name", name)).path("stopped").asBoolean(false);
            out.println(stopped ? "application %s is stopped".formatted(name) : "there is no application " + name);
        } catch (SqlException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private JsonNode call(String method, Map<String, ?> body) throws IOException, SqlException {
        HttpRequest request = HttpRequest.newBuilder(node.resolve(APPLICATIONS))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + secret)
                .method(
                        method,
                        method.equals("GET")
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(
                                        JsonMapper.shared().writeValueAsBytes(body)))
                .build();
        try {
            HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            JsonNode answer = JsonMapper.shared().readTree(response.body());
            if (response.statusCode() != OK) {
                throw new SqlException(answer.path("message").asString("HTTP " + response.statusCode()));
            }
            return answer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (JacksonException e) {
            throw new IOException(node + " does not answer as a node does", e);
        }
    }
}
