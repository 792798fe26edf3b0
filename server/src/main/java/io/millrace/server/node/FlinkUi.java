package io.millrace.server.node;

import io.millrace.analytics.control.ClusterAccess;
import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.Exchange;
import io.millrace.protocol.endpoint.RequestHead;
import io.millrace.protocol.endpoint.Route;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Flink's web UI, below {@code /flink/}, for people: read-only, through the node, which alone may speak to the cluster.
 *
 * <p>{@code GET /flink/open?ticket=...} turns a ticket into a session, {@code GET /flink/ID/...} is the UI of that
 * session. Nothing that changes a job or runs code passes, so a page that a browser could be made to send has nothing
 * to gain: other methods, and those GETs of Flink that cancel jobs or run a jar's code, are refused.
 */
final class FlinkUi {
    private static final Logger LOG = LoggerFactory.getLogger(FlinkUi.class);
    private static final String PREFIX = "/flink/";
    private static final String OPEN = PREFIX + "open";
    private static final String COOKIE = "millrace-flink";
    static final int MAX_BODY_BYTES = 64 * 1024; // of requests that are refused; GET has none
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);
    private static final Pattern SESSION_PATH = Pattern.compile("/flink/([\\w-]+)(/.*)");

    /** Nothing that Flink and this class could read in two ways: no escapes, empty segments or dots. */
    private static final Pattern PLAIN_PATH = Pattern.compile("/|(/(?!\\.\\.?(/|$))[\\w.~$:@,=-]+)+/?");

    private static final Pattern CHANGES = Pattern.compile("(/v\\d+)?(/jobs/[^/]+/yarn-\\w+|/jars/.*)/?");
    private static final Pattern OWN_HOST =
            Pattern.compile("(localhost|[\\w-]+\\.localhost|[0-9.]+|\\[[0-9a-fA-F:.]+\\])(:\\d+)?");

    private static final Map<String, String> PRIVATE = Map.of(
            "X-Frame-Options", "DENY",
            "Content-Security-Policy", "frame-ancestors 'none'",
            "Cross-Origin-Resource-Policy", "same-origin",
            "Referrer-Policy", "no-referrer",
            "X-Content-Type-Options", "nosniff",
            "Cache-Control", "no-store");

    private final FlinkUiSessions sessions;
    private final ClusterAccess.Source cluster;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CALL_TIMEOUT)
            .build();
    private final Route.Whole route = new Route.Whole(
            MAX_BODY_BYTES, (exchange, body) -> serve(exchange), exchange -> Answer.empty(413, Map.of()));

    FlinkUi(FlinkUiSessions sessions, ClusterAccess.Source cluster) {
        this.sessions = sessions;
        this.cluster = cluster;
    }

    /** Returns the path that opens the UI once, within {@link FlinkUiSessions#TICKET_LIFE}. */
    String link() {
        return OPEN + "?ticket=" + sessions.ticket();
    }

    static boolean takes(RequestHead head) {
        return head.path().startsWith(PREFIX) || head.path().equals("/flink");
    }

    Route route() {
        return route;
    }

    private void serve(Exchange exchange) {
        RequestHead head = exchange.head();
        if (!head.method().equals("GET")) {
            exchange.answer(
                    page(405, "Flink's web UI is read-only here; 'millrace sql' starts and stops applications."));
        } else if (!isOwnPage(head)) {
            exchange.answer(page(403, "This page may not open Flink's web UI."));
        } else if (head.path().equals(OPEN)) {
            exchange.answer(open(head));
        } else {
            view(exchange);
        }
    }

    /** Browsers tell where a request comes from; a name of another site that leads here is told by the Host header. */
    private static boolean isOwnPage(RequestHead head) {
        String host = String.valueOf(head.header(HttpHeaderNames.HOST));
        String origin = head.header(HttpHeaderNames.ORIGIN);
        String site = head.header("Sec-Fetch-Site");
        boolean byLink = head.path().equals(OPEN); // its ticket is proof enough, whatever shows the link
        return OWN_HOST.matcher(host).matches()
                && (origin == null || origin.equals(head.baseUrl()))
                && (byLink || site == null || site.equals("same-origin") || site.equals("none"));
    }

    private Answer open(RequestHead head) {
        List<String> tickets =
                new QueryStringDecoder("?" + head.query()).parameters().getOrDefault("ticket", List.of());
        return tickets.stream()
                .findFirst()
                .flatMap(sessions::open)
                .map(FlinkUi::entered)
                .orElseGet(() ->
                        page(403, "This link has been used or is too old; './millrace flink-ui' prints a new one."));
    }

    /** A page that goes on by itself: after a redirect the browser might still count the request as another site's. */
    private static Answer entered(FlinkUiSessions.Session session) {
        String path = PREFIX + session.id() + "/";
        Map<String, String> headers = new HashMap<>(PRIVATE);
        headers.put("Content-Type", "text/html; charset=utf-8");
        headers.put(
                "Set-Cookie",
                COOKIE + "=" + session.cookie() + "; Path=" + path + "; HttpOnly; SameSite=Strict; Max-Age="
                        + FlinkUiSessions.SESSION_LIFE.toSeconds());
        String html = "<!doctype html><meta http-equiv=\"refresh\" content=\"0; url=" + path + "\"><a href=\"" + path
                + "\">Flink</a>\n";
        return new Answer(200, headers, html.getBytes(StandardCharsets.UTF_8));
    }

    private void view(Exchange exchange) {
        RequestHead head = exchange.head();
        Matcher path = SESSION_PATH.matcher(head.path());
        if (!path.matches() || !sessions.admits(path.group(1), cookie(head))) {
            exchange.answer(page(403, "'./millrace flink-ui' prints a link that opens Flink's web UI."));
            return;
        }
        String asked = path.group(2);
        if (!PLAIN_PATH.matcher(asked).matches() || CHANGES.matcher(asked).matches()) {
            exchange.answer(page(403, "Flink's web UI is read-only here."));
            return;
        }
        try {
            HttpRequest request = request(asked + (head.query().isEmpty() ? "" : "?" + head.query()));
            http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray())
                    .whenComplete((answer, failure) -> exchange.answer(passed(asked, answer, failure)));
        } catch (IOException | IllegalArgumentException e) {
            exchange.answer(page(503, String.valueOf(e.getMessage())));
        }
    }

    private static @Nullable String cookie(RequestHead head) {
        String header = head.header(HttpHeaderNames.COOKIE);
        return header == null
                ? null
                : ServerCookieDecoder.LAX.decode(header).stream()
                        .filter(cookie -> cookie.name().equals(COOKIE))
                        .map(Cookie::value)
                        .findFirst()
                        .orElse(null);
    }

    private HttpRequest request(String target) throws IOException {
        ClusterAccess access = cluster.current();
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(access.url() + target)).timeout(CALL_TIMEOUT);
        ClusterAccess.Credential credential = access.credential();
        return (credential == null ? request : request.header(credential.header(), credential.value())).build();
    }

    private static Answer passed(String path, @Nullable HttpResponse<byte[]> answer, @Nullable Throwable failure) {
        if (answer == null) {
            LOG.warn("Flink's web UI: {} is not answered", path, failure);
            return page(503, "Flink does not answer.");
        }
        Map<String, String> headers = new HashMap<>(PRIVATE);
        headers.put("Content-Type", answer.headers().firstValue("Content-Type").orElse("application/octet-stream"));
        byte[] body = path.equals("/config") ? readOnly(answer.body()) : answer.body();
        return new Answer(answer.statusCode(), headers, body);
    }

    /** Tells the UI not to show what would be refused. */
    private static byte[] readOnly(byte[] config) {
        try {
            if (JsonMapper.shared().readTree(config) instanceof ObjectNode root
                    && root.path("features") instanceof ObjectNode features) {
                features.put("web-submit", false).put("web-cancel", false).put("web-rescale", false);
                return JsonMapper.shared().writeValueAsBytes(root);
            }
        } catch (JacksonException e) {
            LOG.warn("Flink's web UI: its configuration is no JSON", e);
        }
        return config;
    }

    private static Answer page(int status, String text) {
        Map<String, String> headers = new HashMap<>(PRIVATE);
        headers.put("Content-Type", "text/plain; charset=utf-8");
        return new Answer(status, headers, (text + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
