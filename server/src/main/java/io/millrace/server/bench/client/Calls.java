package io.millrace.server.bench.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The calls that prepare a load: one after the other, JSON, over HTTP/1.1. Thread-safe. */
public final class Calls {
    private static final Duration TIMEOUT = Duration.ofMinutes(5);
    private static final Duration TRANSITION = Duration.ofMinutes(5);
    private static final int POLL_MILLIS = 20;
    private static final int OK = 200;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Target target;
    private final URI endpoint;

    public Calls(Target target) {
        this.target = target;
        this.endpoint = URI.create(String.format(Locale.ROOT, "http://%s/", target.authority()));
    }

    /** Makes a stream and waits until it can be used. */
    public void createStream(String name, int shards) throws IOException, InterruptedException {
        call("CreateStream", Map.of("StreamName", name, "ShardCount", shards));
        awaitStatus(
                "stream " + name,
                () -> call("DescribeStream", Map.of("StreamName", name, "Limit", 1))
                        .path("StreamDescription")
                        .path("StreamStatus"));
    }

    /** Deletes a stream with its consumers; does not wait. */
    public void deleteStream(String name) throws IOException, InterruptedException {
        call("DeleteStream", Map.of("StreamName", name, "EnforceConsumerDeletion", true));
    }

    public List<String> shards(String stream) throws IOException, InterruptedException {
        List<String> ids = new ArrayList<>();
        JsonNode page = call("ListShards", Map.of("StreamName", stream));
        while (true) {
            page.path("Shards").forEach(shard -> ids.add(shard.path("ShardId").asString()));
            if (!page.hasNonNull("NextToken")) {
                return ids;
            }
            page = call("ListShards", Map.of("NextToken", page.path("NextToken").asString()));
        }
    }

    /** Returns an iterator from the oldest record of each shard on. */
    public List<String> iterators(String stream, List<String> shards) throws IOException, InterruptedException {
        List<String> iterators = new ArrayList<>();
        for (String shard : shards) {
            Map<String, ?> request =
                    Map.of("StreamName", stream, "ShardId", shard, "ShardIteratorType", "TRIM_HORIZON");
            iterators.add(
                    call("GetShardIterator", request).path("ShardIterator").asString());
        }
        return iterators;
    }

    /** Registers a consumer, waits until it can subscribe, and returns its ARN. */
    public String registerConsumer(String stream, String name) throws IOException, InterruptedException {
        String streamArn = call("DescribeStreamSummary", Map.of("StreamName", stream))
                .path("StreamDescriptionSummary")
                .path("StreamARN")
                .asString();
        String arn = call("RegisterStreamConsumer", Map.of("StreamARN", streamArn, "ConsumerName", name))
                .path("Consumer")
                .path("ConsumerARN")
                .asString();
        awaitStatus(
                "consumer " + name,
                () -> call("DescribeStreamConsumer", Map.of("ConsumerARN", arn))
                        .path("ConsumerDescription")
                        .path("ConsumerStatus"));
        return arn;
    }

    /** Puts one record. @throws IOException if it was not taken */
    public void putRecord(String stream, byte[] data) throws IOException, InterruptedException {
        call("PutRecord", Map.of("StreamName", stream, "PartitionKey", "bench", "Data", data));
    }

    /** Tells whether {@code GET /health} answers 200. */
    public boolean isHealthy() throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(endpoint.resolve("/health"))
                .timeout(Duration.ofSeconds(10))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == OK;
        } catch (IOException e) {
            return false; // it does not listen yet
        }
    }

    @FunctionalInterface
    private interface StatusCall {
        JsonNode status() throws IOException, InterruptedException;
    }

    private static void awaitStatus(String what, StatusCall call) throws IOException, InterruptedException {
        long end = System.nanoTime() + TRANSITION.toNanos();
        while (!call.status().asString("").equals("ACTIVE")) {
            if (System.nanoTime() > end) {
                throw new IOException(
                        String.format(Locale.ROOT, "%s is not ACTIVE after %d s", what, TRANSITION.toSeconds()));
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private JsonNode call(String operation, Map<String, ?> body) throws IOException, InterruptedException {
        byte[] content = WireFormat.JSON.write(body);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(endpoint).timeout(TIMEOUT).POST(HttpRequest.BodyPublishers.ofByteArray(content));
        target.headers(WireFormat.JSON, operation, content).forEach(request::header);
        HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        byte[] answer = response.body();
        if (response.statusCode() != OK) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%s at %s: %s",
                    operation,
                    endpoint,
                    ErrorName.of(response.statusCode(), answer, 0, answer.length)));
        }
        return answer.length == 0
                ? JsonMapper.shared().createObjectNode()
                : JsonMapper.shared().readTree(answer);
    }
}
