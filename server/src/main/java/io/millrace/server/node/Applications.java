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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The SQL applications of the node, for {@code millrace sql}: {@code POST} starts or replaces one, {@code GET} lists
 * them, {@code DELETE} stops the one named in the body. No thread waits for Flink: a start is answered when Flink has
 * answered, within half a minute, and the others at once.
 *
 * <p>SQL can read files and send them anywhere, so web pages may not call, wherever a browser on this machine got them
 * from; and where callers have to sign, only who knows the node's own key may, as commands with access to the data
 * directory do.
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

    /**
     * An application as {@code millrace sql} sends it.
     *
     * @param replace true if it may take the place of another text of its name; absent for false
     * @param withoutState true if it then begins with nothing; absent if it goes on from the state of that text
     */
    record Submission(
            String name,
            List<String> prelude,
            String statement,
            @Nullable Boolean replace,
            @Nullable Boolean withoutState) {}

    Route start() {
        return route(body -> {
            Submission submission = MAPPER.readValue(body, Submission.class);
            JobSpec spec =
                    JobSpec.ofSql(submission.name(), new JobSpec.SqlJob(submission.prelude(), submission.statement()));
            boolean withoutState = Boolean.TRUE.equals(submission.withoutState());
            if (Boolean.TRUE.equals(submission.replace())) {
                return jobs.replace(spec, withoutState);
            }
            if (withoutState) {
                throw new IllegalStateException("withoutState: needs replace too");
            }
            return jobs.start(spec);
        });
    }

    Route list() {
        return route(body -> CompletableFuture.completedStage(Map.of("jobs", jobs.states())));
    }

    Route stop() {
        return route(body -> {
            String name = MAPPER.readTree(body).path("name").asString("");
            return CompletableFuture.completedStage(Map.of("stopped", jobs.stop(name)));
        });
    }

    @FunctionalInterface
    private interface Action {
        CompletionStage<?> run(byte[] body) throws IOException;
    }

    private Route route(Action action) {
        return new Route.Whole(
                MAX_BODY_BYTES,
                (exchange, body) -> blocking.execute(() -> run(action, exchange, body)),
                exchange -> Answer.empty(413, Map.of()));
    }

    private void run(Action action, Exchange exchange, byte[] body) {
        if (!secret.isShown(exchange.head())) {
            exchange.answer(answer(403, Map.of("message", "access to applications is denied")));
            return;
        }
        try {
            action.run(body)
                    .whenComplete((result, failure) ->
                            exchange.answer(failure == null ? answer(200, result) : failed(exchange, failure)));
        } catch (IOException | RuntimeException e) { // the outermost frame of a request
            exchange.answer(failed(exchange, e));
        }
    }

    private static Answer failed(Exchange exchange, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof SqlException
                || cause instanceof JacksonException
                || cause instanceof IllegalStateException) {
            return answer(400, Map.of("message", String.valueOf(cause.getMessage())));
        }
        LOG.warn("request {}: failed", exchange.requestId(), cause);
        return cause instanceof IOException
                ? answer(503, Map.of("message", "Flink does not answer: " + cause.getMessage()))
                : Answer.empty(500, Map.of());
    }

    private static Answer answer(int status, Object body) {
        return Answer.of(status, "application/json", MAPPER.writeValueAsBytes(body));
    }
}
