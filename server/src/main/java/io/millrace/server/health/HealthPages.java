package io.millrace.server.health;

import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.Route;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/**
 * The pages of {@link Health}, answered on the event loop from what was seen last:
 *
 * <ul>
 *   <li>{@code /health}: all parts; 200 when all serve, 503 otherwise.
 *   <li>{@code /health/ready}: the same status, with the parts that do not serve.
 *   <li>{@code /health/live}: 200 while the process can serve, 503 when only a restart helps.
 * </ul>
 */
public final class HealthPages {
    private static final int MAX_BODY_BYTES = 1024;

    private final Health health;

    public HealthPages(Health health) {
        this.health = health;
    }

    public Route all() {
        return route(() -> {
            Health.Seen seen = health.seen();
            return answer(seen.isReady(), seen.page());
        });
    }

    public Route ready() {
        return route(() -> {
            Health.Seen seen = health.seen();
            return answer(seen.isReady(), seen.summary());
        });
    }

    public Route live() {
        return route(() -> {
            String reason = health.deadness();
            boolean alive = reason.isEmpty();
            return answer(
                    alive, alive ? Map.of("status", "ok") : Map.of("status", "failed", "reasons", List.of(reason)));
        });
    }

    private static Route route(Supplier<Answer> page) {
        return new Route.Whole(
                MAX_BODY_BYTES,
                (exchange, body) -> exchange.answer(page.get()),
                exchange -> Answer.empty(413, Map.of()));
    }

    private static Answer answer(boolean good, Map<String, Object> page) {
        String json = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(page) + "\n";
        return Answer.of(good ? 200 : 503, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }
}
