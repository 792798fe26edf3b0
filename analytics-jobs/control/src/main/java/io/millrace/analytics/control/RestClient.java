package io.millrace.analytics.control;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON over HTTP to one endpoint of a cluster. Thread-safe; calls block. */
final class RestClient {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private final ClusterAccess.Source access;
    private final Limits limits;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();

    RestClient(ClusterAccess.Source access, Limits limits) {
        this.access = access;
        this.limits = limits;
    }

    /**
     * How long to wait for an answer, headers and body together.
     *
     * @param poll of a question whose answer the server has at hand
     * @param call of anything else
     */
    record Limits(Duration poll, Duration call) {
        static final Limits USUAL = new Limits(Duration.ofSeconds(10), Duration.ofSeconds(90));
    }

    /** An answer and its status; the body is a missing node when there is none. */
    record Answer(int status, JsonNode body) {
        boolean isSuccess() {
            return status >= 200 && status < 300;
        }
    }

    Answer get(String path) throws IOException {
        return send(request(path).GET());
    }

    /** Tells whether a good answer comes. The time-out covers the whole answer, not only its head. */
    boolean answers(String path, Duration timeout, Predicate<JsonNode> good) throws InterruptedException {
        HttpRequest request;
        try {
            request = request(path).GET().build();
        } catch (IOException e) {
            return false; // there is no cluster to ask
        }
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
        try {
            HttpResponse<byte[]> response = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return response.statusCode() >= 200
                    && response.statusCode() < 300
                    && good.test(MAPPER.readTree(response.body()));
        } catch (ExecutionException | TimeoutException | JacksonException e) {
            return false;
        } finally {
            answer.cancel(true);
        }
    }

    Answer delete(String path) throws IOException {
        return send(request(path).DELETE());
    }

    Answer patch(String path) throws IOException {
        return send(request(path).method("PATCH", HttpRequest.BodyPublishers.noBody()));
    }

    Answer post(String path, Object body) throws IOException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(MAPPER.writeValueAsBytes(body))));
    }

    /** Asks for what the server has at hand. */
    Answer poll(String path) throws IOException {
        return send(request(path).GET(), limits.poll());
    }

    Answer send(HttpRequest.Builder request) throws IOException {
        return send(request, limits.call());
    }

    /** The time-out of {@link HttpRequest} ends with the headers of an answer; a body may be held back as well. */
    private Answer send(HttpRequest.Builder builder, Duration limit) throws IOException {
        HttpRequest request = builder.build();
        CompletableFuture<HttpResponse<byte[]>> response =
                http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
        try {
            return answerOf(response.get(limit.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            response.cancel(true); // closes the connection
            throw new HttpTimeoutException(
                    String.format(Locale.ROOT, "%s has not answered within %d ms", request.uri(), limit.toMillis()));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException(String.format(Locale.ROOT, "%s cannot be called", request.uri()), e.getCause());
        } catch (InterruptedException e) {
            response.cancel(true);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while calling " + request.uri(), e);
        }
    }

    private Answer answerOf(HttpResponse<byte[]> response) throws IOException {
        byte[] body = response.body();
        try {
            return new Answer(response.statusCode(), body.length == 0 ? MAPPER.missingNode() : MAPPER.readTree(body));
        } catch (JacksonException e) {
            throw new IOException(String.format(Locale.ROOT, "%s answers what is no JSON", response.uri()), e);
        }
    }

    HttpRequest.Builder request(String path) throws IOException {
        ClusterAccess now = access.current();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(now.url() + path));
        ClusterAccess.Credential credential = now.credential();
        return credential == null ? request : request.header(credential.header(), credential.value());
    }

    /** Returns the messages of an error body of Flink, joined; the status when it holds none. */
    static String errorText(Answer answer) {
        StringBuilder text = new StringBuilder();
        answer.body()
                .path("errors")
                .forEach(error -> text.append(error.asString()).append('\n'));
        return text.length() == 0 ? "HTTP " + answer.status() : text.toString();
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
