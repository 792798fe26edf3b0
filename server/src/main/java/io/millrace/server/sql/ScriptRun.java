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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

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

    /** What becomes of an application that runs under a name of the script with another text. */
    public enum Mode {
        /** It stays, and the new text is refused. */
        START,
        /** It ends, and the new text goes on from its state. */
        REPLACE,
        /** It ends, and the new text begins with nothing. */
        REPLACE_WITHOUT_STATE
    }

    /** Runs all statements in order, beside applications that run under other texts. */
    public void run(String name, List<SqlScript.Statement> statements) throws IOException, SqlException {
        run(name, statements, Mode.START);
    }

    /**
     * Runs all statements in order and stops at the first that is refused.
     *
     * @param name of the script, by which its applications are named
     * @throws SqlException with script, line and Flink's words
     */
    public void run(String name, List<SqlScript.Statement> statements, Mode mode) throws IOException, SqlException {
        List<String> prelude = new ArrayList<>();
        int applications = 0;
        try (SqlGateway.Session session = gateway.openSession(Map.of())) {
            for (SqlScript.Statement statement : statements) {
                try {
                    if (statement.startsJob()) {
                        applications++;
                        String application = applications == 1 ? name : name + "#" + applications;
                        if (mode == Mode.START) {
                            start(application, prelude, statement.text());
                        } else {
                            replace(application, prelude, statement.text(), mode == Mode.REPLACE_WITHOUT_STATE);
                        }
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
        if (mode != Mode.START) {
            tellOfOthers(name, applications);
        }
    }

    /** A script with fewer INSERTs than before does not say that the others should end. */
    private void tellOfOthers(String script, int applications) throws IOException {
        for (JsonNode job : jobs()) {
            String name = job.path("name").asString();
            String number = name.startsWith(script + "#") ? name.substring(script.length() + 1) : "";
            if (number.matches("[0-9]{1,9}") && Integer.parseInt(number) > applications) {
                out.println(String.format(
                        Locale.ROOT,
                        "application %s is of an earlier text and goes on; 'sql --stop %s' ends it",
                        name,
                        name));
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
            out.println(String.format(Locale.ROOT, "(%s; %d rows)", String.join(" | ", outcome.columns()), count[0]));
        }
    }

    private void start(String name, List<String> prelude, String statement) throws IOException, SqlException {
        JsonNode answer = call("POST", Map.of("name", name, "prelude", prelude, "statement", statement));
        tellOfStart(name, answer.path("job"), answer.path("started").asBoolean(false));
    }

    private void replace(String name, List<String> prelude, String statement, boolean withoutState)
            throws IOException, SqlException {
        JsonNode answer = call(
                "POST",
                Map.of(
                        "name", name,
                        "prelude", prelude,
                        "statement", statement,
                        "replace", true,
                        "withoutState", withoutState));
        String job = answer.path("job").path("jobId").asString("");
        String from = answer.path("from").asString("");
        switch (answer.path("outcome").asString("")) {
            case "STARTED" -> tellOfStart(name, answer.path("job"), true);
            case "UNCHANGED" -> tellOfStart(name, answer.path("job"), false);
            case "REPLACED" ->
                out.println(String.format(
                        Locale.ROOT,
                        "application %s is replaced and runs as job %s, %s",
                        name,
                        job,
                        from.isEmpty() ? "without state" : "with the state of " + from));
            default ->
                out.println(String.format(
                        Locale.ROOT,
                        "application %s is being replaced; Flink takes long, and 'sql --list' shows how it ends",
                        name));
        }
    }

    private void tellOfStart(String name, JsonNode state, boolean started) {
        String job = state.path("jobId").asString("");
        String status = state.path("status").asString("");
        if (!started) {
            out.println(String.format(Locale.ROOT, "application %s is running already, as job %s", name, job));
        } else if (status.equals("WAITING") || status.equals("HELD") || status.equals("UNKNOWN")) {
            out.println(String.format(
                    Locale.ROOT, "application %s is kept as job %s and starts when Flink answers", name, job));
        } else {
            out.println(String.format(Locale.ROOT, "application %s runs as job %s", name, job));
        }
    }

    /** Shows the jobs that the node keeps running. */
    public void list() throws IOException {
        for (JsonNode job : jobs()) {
            out.println(String.format(
                    Locale.ROOT,
                    "%-10s %s  %s",
                    job.path("status").asString(),
                    job.path("jobId").asString(),
                    job.path("name").asString()));
            explain(job);
        }
    }

    private void explain(JsonNode job) {
        String reason = job.path("reason").asString("");
        if (!reason.isEmpty()) {
            long restarts = job.path("restarts").asLong(0);
            out.println("           " + (restarts == 0 ? "" : "restarted " + restarts + " times; ") + reason);
        }
    }

    private JsonNode jobs() throws IOException {
        try {
            return call("GET", Map.of()).path("jobs");
        } catch (SqlException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Stops an application for good. Waits for its end, but not for a cluster that does not answer. */
    public void stop(String name) throws IOException {
        try {
            if (!call("DELETE", Map.of("name", name)).path("stopped").asBoolean(false)) {
                out.println("there is no application " + name);
                return;
            }
        } catch (SqlException e) {
            throw new IOException(e.getMessage(), e);
        }
        long limit = System.nanoTime() + STOP_PATIENCE.toNanos();
        while (isStopping(name) && System.nanoTime() < limit) {
            pause();
        }
        out.println(
                isStopping(name)
                        ? String.format(
                                Locale.ROOT, "application %s is being stopped; Flink has not ended it yet", name)
                        : String.format(Locale.ROOT, "application %s is stopped", name));
    }

    private boolean isStopping(String name) throws IOException {
        for (JsonNode job : jobs()) {
            if (job.path("name").asString().equals(name)) {
                return job.path("status").asString().equals("STOPPING");
            }
        }
        return false;
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
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
