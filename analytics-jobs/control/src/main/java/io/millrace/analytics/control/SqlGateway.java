package io.millrace.analytics.control;

import java.io.Closeable;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** The REST API of Flink's SQL gateway, version 4. Thread-safe; a session is for one user at a time. */
public final class SqlGateway {
    private static final Logger LOG = LoggerFactory.getLogger(SqlGateway.class);
    private static final Duration POLL = Duration.ofMillis(50);

    private final RestClient rest;

    public SqlGateway(ClusterAccess.Source access) {
        this(access, RestClient.Limits.USUAL);
    }

    SqlGateway(ClusterAccess.Source access, RestClient.Limits limits) {
        this.rest = new RestClient(access, limits);
    }

    public boolean isReady() {
        try {
            return rest.poll("/v4/info").isSuccess();
        } catch (IOException e) {
            return false;
        }
    }

    /** Tells within a time-out whether the gateway answers. */
    public boolean answers(Duration timeout) throws InterruptedException {
        return rest.answers("/v4/info", timeout, page -> true);
    }

    /** Opens a session: a catalog in memory and settings of its own. */
    public Session openSession(Map<String, String> properties) throws IOException {
        return openSession(properties, null);
    }

    /** @param limit how long a statement may take before it counts as not answered; absent for as long as it takes */
    Session openSession(Map<String, String> properties, @Nullable Duration limit) throws IOException {
        RestClient.Answer answer =
                rest.post("/v4/sessions", Map.of("sessionName", "millrace", "properties", properties));
        if (!answer.isSuccess()) {
            throw new IOException("SQL session: " + RestClient.errorText(answer));
        }
        return new Session(answer.body().path("sessionHandle").asString(), limit);
    }

    /**
     * What a statement gave.
     *
     * @param jobId of the job that an INSERT or SELECT started
     * @param columns empty unless there are rows to show
     */
    public record Outcome(@Nullable String jobId, List<String> columns) {}

    /** A row with its kind in Flink's words, for example {@code INSERT}. */
    public record Row(String kind, List<String> fields) {}

    /** A session. Statements run one after the other. */
    public final class Session implements Closeable {
        private final String handle;
        private final @Nullable Duration limit;

        private Session(String handle, @Nullable Duration limit) {
            this.handle = handle;
            this.limit = limit;
        }

        /**
         * Runs one statement to its end, or until a row is refused.
         *
         * @param settings for this statement only
         * @param onRow takes rows as they come; returns false for enough
         * @throws SqlException if Flink refuses or fails the statement
         */
        public Outcome execute(String statement, Map<String, String> settings, Predicate<Row> onRow)
                throws IOException, SqlException {
            RestClient.Answer started =
                    rest.post(path("/statements"), Map.of("statement", statement, "executionConfig", settings));
            refuse(started);
            String operation =
                    path("/operations/" + started.body().path("operationHandle").asString());
            try {
                return fetch(operation, onRow);
            } finally {
                quietly(operation + "/close");
            }
        }

        private Outcome fetch(String operation, Predicate<Row> onRow) throws IOException, SqlException {
            String next = operation + "/result/0?rowFormat=JSON";
            String jobId = null;
            List<String> columns = List.of();
            long began = System.nanoTime();
            while (true) {
                if (limit != null && System.nanoTime() - began > limit.toNanos()) {
                    throw new HttpTimeoutException(
                            "the SQL gateway has not run the statement within " + limit.toSeconds() + " s");
                }
                RestClient.Answer answer = rest.get(next);
                refuse(answer);
                JsonNode body = answer.body();
                String kind = body.path("resultType").asString("");
                if (body.path("jobID").isString()) {
                    jobId = body.path("jobID").asString();
                }
                if (body.path("isQueryResult").asBoolean(false) || isListing(body)) {
                    columns = columnsOf(body);
                    if (!deliver(body, onRow)) {
                        return new Outcome(jobId, columns);
                    }
                }
                JsonNode uri = body.path("nextResultUri");
                if (kind.equals("EOS") || !uri.isString()) {
                    return new Outcome(jobId, columns);
                }
                if (!kind.equals("PAYLOAD") || body.path("results").path("data").isEmpty()) {
                    pause();
                }
                next = uri.asString();
            }
        }

        /** SHOW, DESCRIBE and EXPLAIN answer with rows too, without being queries. */
        private boolean isListing(JsonNode body) {
            return body.path("resultKind").asString("").equals("SUCCESS_WITH_CONTENT")
                    && !body.path("jobID").isString();
        }

        private static List<String> columnsOf(JsonNode body) {
            List<String> names = new ArrayList<>();
            body.path("results")
                    .path("columns")
                    .forEach(column -> names.add(column.path("name").asString()));
            return names;
        }

        private static boolean deliver(JsonNode body, Predicate<Row> onRow) {
            for (JsonNode row : body.path("results").path("data")) {
                List<String> fields = new ArrayList<>();
                row.path("fields")
                        .forEach(field -> fields.add(field.isNull() ? "NULL" : field.asString(field.toString())));
                if (!onRow.test(new Row(row.path("kind").asString(), fields))) {
                    return false;
                }
            }
            return true;
        }

        private String path(String rest) {
            return "/v4/sessions/" + handle + rest;
        }

        /**
         * What a statement gave is told, whether or not the gateway frees what it kept for it; it does in time by
         * itself.
         */
        private void quietly(String path) {
            try {
                rest.delete(path);
            } catch (IOException e) {
                LOG.debug("{} could not be closed", path, e);
            }
        }

        @Override
        public void close() {
            quietly(path(""));
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(POLL.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for a statement", e);
        }
    }

    private static void refuse(RestClient.Answer answer) throws SqlException {
        if (!answer.isSuccess()) {
            String trace = RestClient.errorText(answer);
            throw new SqlException(messageOf(trace), trace);
        }
    }

    static String messageOf(String trace) {
        return SqlFailure.messageOf(trace);
    }
}
