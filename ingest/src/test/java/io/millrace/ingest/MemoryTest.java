package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node with a heap of 256 MiB under requests that together are many times as large. */
@Timeout(180)
class MemoryTest {
    private static final int CLIENTS = 24;
    private static final int ROUNDS = 2;
    private static final int RECORDS = 9;
    private static final int RECORD_BYTES = 1024 * 1024 - 1024;

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<Integer, AtomicInteger> statuses = new ConcurrentHashMap<>();
    private int port;

    @Test
    void manyLargeRequestsAndAnswersAtOnceAreServedOrThrottledInABoundedHeap() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KillTest.Main.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            while (line != null && !line.startsWith("port ")) {
                line = out.readLine();
            }
            port = Integer.parseInt(line.substring("port ".length()));
            create();
            String put = putBody();
            CompletableFuture<?>[] puts = IntStream.range(0, CLIENTS)
                    .mapToObj(i -> CompletableFuture.runAsync(() -> repeat("PutRecords", put), clients))
                    .toArray(CompletableFuture[]::new);
            CompletableFuture.allOf(puts).join();
            assertThat(statuses.get(200).get()).isPositive();
            assertThat(statuses.keySet()).isSubsetOf(200, 400); // 400 is throttling, for want of memory

            statuses.clear();
            String iterator = iterator();
            String get = "{\"ShardIterator\":\"%s\"}".formatted(iterator);
            CompletableFuture<?>[] gets = IntStream.range(0, CLIENTS)
                    .mapToObj(i -> CompletableFuture.runAsync(() -> repeat("GetRecords", get), clients))
                    .toArray(CompletableFuture[]::new);
            CompletableFuture.allOf(gets).join();
            assertThat(statuses).containsOnlyKeys(200);
            assertThat(process.isAlive()).isTrue();
        } finally {
            clients.shutdownNow();
            process.destroyForcibly();
        }
    }

    private void create() throws Exception {
        call("CreateStream", "{\"StreamName\":\"s\",\"ShardCount\":1}");
        while (!call("DescribeStreamSummary", "{\"StreamName\":\"s\"}").body().contains("ACTIVE")) {
            Thread.sleep(20);
        }
    }

    private String iterator() throws Exception {
        String body = call(
                        "GetShardIterator",
                        "{\"StreamName\":\"s\",\"ShardId\":\"shardId-000000000000\",\"ShardIteratorType\":\"TRIM_HORIZON\"}")
                .body();
        return body.replaceAll(".*\"ShardIterator\":\"([^\"]*)\".*", "$1");
    }

    private static String putBody() {
        byte[] data = new byte[RECORD_BYTES];
        new Random(1).nextBytes(data);
        String record = "{\"PartitionKey\":\"k\",\"Data\":\"%s\"}"
                .formatted(Base64.getEncoder().encodeToString(data));
        return "{\"StreamName\":\"s\",\"Records\":[" + String.join(",", java.util.Collections.nCopies(RECORDS, record))
                + "]}";
    }

    private void repeat(String operation, String body) {
        for (int i = 0; i < ROUNDS; i++) {
            try {
                HttpResponse<String> answer = call(operation, body);
                statuses.computeIfAbsent(answer.statusCode(), s -> new AtomicInteger())
                        .incrementAndGet();
                if (answer.statusCode() == 400) {
                    assertThat(answer.body()).contains("ProvisionedThroughputExceededException");
                }
            } catch (Exception e) {
                throw new AssertionError(operation + ": " + e, e);
            }
        }
    }

    private HttpResponse<String> call(String operation, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/".formatted(port)))
                        .version(HttpClient.Version.HTTP_1_1)
                        .header("Content-Type", "application/x-amz-json-1.1")
                        .header("X-Amz-Target", "Kinesis_20131202." + operation)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
