package io.millrace.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.server.flink.FlinkDoor;
import java.io.Closeable;
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
import java.util.function.Function;
import tools.jackson.databind.json.JsonMapper;

/**
 * Stands before one endpoint of a real Flink, shows the secret that lets in, and does to submissions of jars what a slow
 * network and a busy Flink do: it cuts, holds back and repeats.
 */
final class FlinkProxy implements Closeable {
    private static final int UNAVAILABLE = 503;

    private final Function<FlinkDoor, URI> endpoint;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "flink-proxy");
        thread.setDaemon(true);
        return thread;
    });
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicInteger submissions = new AtomicInteger();
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile Function<String, Fault> faults = job -> Fault.NONE;
    private volatile FlinkDoor door;

    /**
     * What happens to one submission.
     *
     * @param cut whether the client's connection ends at once, as if it had waited for its patience and given up
     * @param requestMillis how long the request is held back
     * @param times how often Flink is asked
     * @param answerMillis how long the answer is held back
     */
    record Fault(boolean cut, long requestMillis, int times, long answerMillis) {
        static final Fault NONE = new Fault(false, 0, 1, 0);

        /** Flink starts the job and its answer is lost. */
        static Fault lostAnswer() {
            return new Fault(true, 0, 1, 0);
        }

        /** Flink hears of the job after the client has given up. */
        static Fault late(long millis) {
            return new Fault(true, millis, 1, 0);
        }

        static Fault lost() {
            return new Fault(true, 0, 0, 0);
        }

        static Fault repeated() {
            return new Fault(false, 0, 2, 0);
        }

        static Fault slow(long requestMillis, long answerMillis) {
            return new Fault(false, requestMillis, 1, answerMillis);
        }
    }

    /** @param endpoint the URL of the endpoint of a cluster */
    FlinkProxy(Function<FlinkDoor, URI> endpoint) throws IOException {
        this.endpoint = endpoint;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::serve);
        server.setExecutor(threads);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Forwards to this cluster from now on; before, it is not available. */
    void open(FlinkDoor cluster) {
        door = cluster;
    }

    /** @param byJob decides what happens to the next submission of a job, by its name; called by many threads */
    void faults(Function<String, Fault> byJob) {
        faults = byJob;
    }

    int submissions() {
        return submissions.get();
    }

    /** Tells whether nothing is held back. */
    boolean isIdle() {
        return underWay.get() == 0;
    }

    private void serve(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String path = exchange.getRequestURI().getPath();
        FlinkDoor cluster = door;
        try {
            if (cluster == null) {
                exchange.sendResponseHeaders(UNAVAILABLE, -1);
            } else if (path.startsWith("/v1/jars/") && path.endsWith("/run")) {
                submit(exchange, cluster, body);
            } else {
                answer(exchange, forward(exchange, cluster, body));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            exchange.close();
        }
    }

    private void submit(HttpExchange exchange, FlinkDoor cluster, byte[] body)
            throws IOException, InterruptedException {
        String job = JsonMapper.shared()
                .readTree(body)
                .path("flinkConfiguration")
                .path("pipeline.name")
                .asString();
        Fault fault = faults.apply(job);
        submissions.incrementAndGet();
        underWay.incrementAndGet();
        try {
            if (fault.cut()) {
                exchange.close(); // before any header: the client sees its connection end
            }
            TimeUnit.MILLISECONDS.sleep(fault.requestMillis());
            HttpResponse<byte[]> answer = null;
            for (int i = 0; i < fault.times(); i++) {
                answer = forward(exchange, cluster, body);
            }
            TimeUnit.MILLISECONDS.sleep(fault.answerMillis());
            if (!fault.cut() && answer != null) {
                answer(exchange, answer);
            }
        } finally {
            underWay.decrementAndGet();
        }
    }

    private HttpResponse<byte[]> forward(HttpExchange exchange, FlinkDoor cluster, byte[] body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(endpoint.apply(cluster).toString() + exchange.getRequestURI()))
                .header("Authorization", "Bearer " + cluster.secret())
                .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        if (type != null) {
            request.header("Content-Type", type);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static void answer(HttpExchange exchange, HttpResponse<byte[]> answer) throws IOException {
        byte[] content = answer.body();
        exchange.sendResponseHeaders(answer.statusCode(), content.length == 0 ? -1 : content.length);
        exchange.getResponseBody().write(content);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
