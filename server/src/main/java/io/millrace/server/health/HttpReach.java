package io.millrace.server.health;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks an HTTP server whether it is there. Any answer will do, also a refusal. Thread-safe; calls block. */
public final class HttpReach {
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI url;

    public HttpReach(URI url) {
        this.url = url;
    }

    public boolean answers(Duration timeout) throws InterruptedException {
        CompletableFuture<HttpResponse<Void>> answer =
                http.sendAsync(HttpRequest.newBuilder(url).GET().build(), HttpResponse.BodyHandlers.discarding());
        try {
            answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } finally {
            answer.cancel(true);
        }
    }
}
