package io.millrace.server.node;

import io.millrace.analytics.control.JobSpec;
import io.millrace.analytics.control.ManagedJobs;
import io.millrace.analytics.control.SqlException;
import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.Exchange;
import io.millrace.protocol.endpoint.Route;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The SQL applications of the node, for {@code millrace sql}: {@code POST} starts one, {@code GET} lists them, {@code
 * DELETE} stops the one named in the body. Calls wait for Flink and so run on an executor.
 *
 * <p>SQL can read files and send them anywhere, so web pages may not call, wherever a browser on this machine got them from;
 * and where callers have to sign, only who knows the node's own key may, as commands with access to the data directory do.
 */
final class Applications {
    private static final Logger LOG = LoggerFactory.getLogger(Applications.class);
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final int MAX_BODY_BYTES = 4 * 1024 * 1024;

    private final ManagedJobs jobs;
    private final Executor blocking;
    private final OwnSecret secret;

    /** @param secret what callers have to show */
    Applications(ManagedJobs jobs, Executor blocking, OwnSecret secret) {
        this.jobs = jobs;
        this.blocking = blocking;
        this.secret = secret;
    }

    /** An application as {@code millrace sql} sends it. */
    record Submission(String name, List<String> prelude, String statement) {}

    Route start() {
        return route(body -> {
            Submission submission = MAPPER.readValue(body, Submission.class);
            boolean started = jobs.start(
                    JobSpec.ofSql(submission.name(), new JobSpec.SqlJob(submission.prelude(), submission.statement())));
            return Map.of(
                    "started", started, "job", jobs.state(submission.name()).orElseThrow());
        });
    }

    Route list() {
        return route(body -> Map.of("jobs", jobs.states()));
    }

    Route stop() {
        return route(body -> {
            String name = MAPPER.readTree(body).path("name").asString("");
            return Map.of("stopped", jobs.stop(name));
        });
    }

    @FunctionalInterface
    private interface Action {
        Object run(byte[] body) throws IOException, SqlException;
    }

    private Route route(Action action) {
        return Page.route(
                MAX_BODY_BYTES,
                blocking,
                (exchange, body) -> secret.isShown(exchange.head())
                        ? run(action, exchange, body)
                        : answer(403, Map.of("message", "access to applications is denied")));
    }

    private static Answer run(Action action, Exchange exchange, byte[] body) {
        try {
            return answer(200, action.run(body));
        } catch (SqlException | JacksonException | IllegalStateException e) {
            return answer(400, Map.of("message", String.valueOf(e.getMessage())));
        } catch (IOException e) {
            LOG.warn("request {}: Flink does not answer", exchange.requestId(), e);
            return answer(503, Map.of("message", "Flink does not answer: " + e.getMessage()));
        }
    }

    private static Answer answer(int status, Object body) {
        return Answer.of(status, "application/json", MAPPER.writeValueAsBytes(body));
    }
}
