package io.millrace.server.node;

import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.Route;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code GET /health}: 200 with the state of each part once all of them serve, 503 before and while one does not.
 *
 * <p>Thread-safe.
 */
final class Health {
    static final String OK = "ok";
    static final String OFF = "off";
    static final String STARTING = "starting";
    private static final int MAX_BODY_BYTES = 1024;

    /** A part as it stands: {@link #OK}, {@link #OFF}, {@link #STARTING} or what is wrong; and what else to know. */
    record Part(String status, Map<String, Object> details) {
        static Part of(String status) {
            return new Part(status, Map.of());
        }

        boolean isGood() {
            return status.equals(OK) || status.equals(OFF);
        }
    }

    private final Map<String, Supplier<Part>> parts = new ConcurrentHashMap<>();

    void set(String name, Supplier<Part> part) {
        parts.put(name, part);
    }

    boolean isReady() {
        return !parts.isEmpty()
                && parts.values().stream().allMatch(part -> part.get().isGood());
    }

    /** @param blocking asks the parts, some of which are other processes that may not answer */
    Route route(Executor blocking) {
        return Page.route(MAX_BODY_BYTES, blocking, (exchange, body) -> answer());
    }

    private Answer answer() {
        Map<String, Object> shown = new LinkedHashMap<>();
        boolean ready = !parts.isEmpty();
        for (Map.Entry<String, Supplier<Part>> entry :
                parts.entrySet().stream().sorted(Map.Entry.comparingByKey()).toList()) {
            Part part = entry.getValue().get();
            ready &= part.isGood();
            Map<String, Object> details = new LinkedHashMap<>();
            details.put("status", part.status());
            details.putAll(part.details());
            shown.put(entry.getKey(), details);
        }
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("status", ready ? OK : STARTING);
        page.put("parts", shown);
        String json = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(page) + "\n";
        return Answer.of(ready ? 200 : 503, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }
}
