package io.millrace.analytics.control;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands before an HTTP server and delays, drops and repeats requests and answers.
 *
 * <p>A request that is held back is forwarded even if its client has long given up, as it is by a server that is slow to
 * read. One that is held back when the server is replaced is lost, as its connection is.
 */
final class FaultyProxy implements AutoCloseable {
    private final URI target;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "faulty-proxy");
        thread.setDaemon(true);
        return thread;
    });
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger generation = new AtomicInteger();
    private volatile Faults faults = (method, path) -> Fault.NONE;

    /** What happens to one request. */
    record Fault(long requestDelayMillis, long answerDelayMillis, int times, boolean dropsAnswer) {
        static final Fault NONE = new Fault(0, 0, 1, false);
        static final Fault DROPPED = new Fault(0, 0, 0, true);
    }

    /** Decides what happens to a request. Called by many threads. */
    @FunctionalInterface
    interface Faults {
        Fault of(String method, String path);
    }

    FaultyProxy(URI target) throws IOException {
        this.target = target;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::serve);
        server.setExecutor(threads);
        server.start();
    }

    URI url() {
        return URI.create("http://localhost:" + server.getAddress().getPort());
    }

    void setFaults(Faults next) {
        faults = next;
    }

    /** Tells whether every request has been answered, dropped or lost. */
    boolean isIdle() {
        return underWay.get() == 0;
    }

    /** Loses what is held back: the server on the other side is another one now. */
    void targetIsReplaced() {
        generation.incrementAndGet();
    }

    private void serve(HttpExchange exchange) throws IOException {
        underWay.incrementAndGet();
        try {
            byte[] body = exchange.getRequestBody().readAllBytes();
            Fault fault = faults.of(
                    exchange.getRequestMethod(), exchange.getRequestURI().getPath());
            int before = generation.get();
            pause(fault.requestDelayMillis());
            HttpResponse<byte[]> answer = null;
            for (int i = 0; i < fault.times() && before == generation.get(); i++) {
                answer = forward(exchange, body);
            }
            pause(fault.answerDelayMillis());
            if (answer != null && !fault.dropsAnswer()) {
                byte[] content = answer.body();
                exchange.sendResponseHeaders(answer.statusCode(), content.length == 0 ? -1 : content.length);
                exchange.getResponseBody().write(content);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            underWay.decrementAndGet();
            exchange.close(); // without headers, the client sees its connection end
        }
    }

    private HttpResponse<byte[]> forward(HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(target.toString() + exchange.getRequestURI()))
                .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        if (type != null) {
            request.header("Content-Type", type);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static void pause(long millis) throws InterruptedException {
        if (millis > 0) {
            TimeUnit.MILLISECONDS.sleep(millis);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
