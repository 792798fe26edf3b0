package io.millrace.analytics.control;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(90);

    private final ClusterAccess.Source access;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();

    RestClient(ClusterAccess.Source access) {
        this.access = access;
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

    Answer send(HttpRequest.Builder builder) throws IOException {
        HttpRequest request = builder.build();
        try {
            HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            byte[] body = response.body();
            return new Answer(response.statusCode(), body.length == 0 ? MAPPER.missingNode() : MAPPER.readTree(body));
        } catch (JacksonException e) {
            throw new IOException("%s answers what is no JSON".formatted(request.uri()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while calling " + request.uri(), e);
        }
    }

    HttpRequest.Builder request(String path) throws IOException {
        ClusterAccess now = access.current();
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(now.url() + path)).timeout(CALL_TIMEOUT);
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
