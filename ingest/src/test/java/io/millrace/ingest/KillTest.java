package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/**
 * A node in a process of its own, killed again and again while clients put. After each restart every acknowledged record
 * has to be there with its bytes and its number, in order, and nothing that was not sent or twice.
 *
 * <p>A killed process loses what it had not handed to the operating system; what a power loss takes is not tested here.
 */
@Timeout(120)
class KillTest {
    private static final int KILLS = 5;
    private static final int WRITERS = 3;
    private static final int SHARDS = 2;
    private static final String STREAM = "survivor";

    @TempDir
    Path directory;

    private final SdkEventLoopGroup eventLoops =
            SdkEventLoopGroup.builder().numberOfThreads(2).build();
    private final Map<String, byte[]> acknowledged = new ConcurrentHashMap<>();
    private final Map<String, byte[]> sent = new ConcurrentHashMap<>();
    private volatile Node node;
    private volatile boolean killed;

    /** The process that is killed: serves a directory, tells its port and waits. */
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) throws Exception {
            StreamsServer server = StreamsServer.start(Path.of(arguments[0]));
            System.out.println("port " + server.port());
            new java.util.concurrent.CountDownLatch(1).await();
        }
    }

    private record Node(Process process, KinesisAsyncClient client) {}

    @AfterEach
    void stop() {
        if (node != null) {
            node.process().destroyForcibly();
            node.client().close();
        }
        eventLoops.eventLoopGroup().shutdownGracefully();
    }

    @Test
    void everythingAcknowledgedSurvivesEveryKill() throws Exception {
        node = start();
        node.client().createStream(r -> r.streamName(STREAM).shardCount(SHARDS)).get();
        String streamArn = streamArn();
        while (!activeStream()) {
            Thread.sleep(10);
        }
        String consumerArn = node.client()
                .registerStreamConsumer(r -> r.streamARN(streamArn).consumerName("watcher"))
                .get()
                .consumer()
                .consumerARN();
        String iterator = iterator(0, ShardIteratorType.TRIM_HORIZON);
        String firstRead = null;
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        for (int kill = 0; kill < KILLS; kill++) {
            putUntilKilled(kill, 100 + random.nextInt(500));
            node.process().waitFor();
            node.client().close();
            node = start();

            assertEverythingIsThere("seed %d, kill %d".formatted(seed, kill));
            assertThat(activeStream()).isTrue();
            assertThat(node.client()
                            .describeStreamConsumer(r -> r.consumerARN(consumerArn))
                            .get()
                            .consumerDescription()
                            .consumerStatus())
                    .isEqualTo(ConsumerStatus.ACTIVE);
            String first = node.client()
                    .getRecords(r -> r.shardIterator(iterator).limit(1))
                    .get()
                    .records()
                    .get(0)
                    .sequenceNumber();
            assertThat(firstRead == null || firstRead.equals(first)).isTrue();
            firstRead = first;
        }
        assertThat(acknowledged).hasSizeGreaterThan(KILLS * WRITERS);
    }

    private void putUntilKilled(int kill, int millis) throws Exception {
        killed = false;
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        AtomicInteger answered = new AtomicInteger();
        for (int w = 0; w < WRITERS; w++) {
            String name = kill + "-" + w;
            writers.add(CompletableFuture.runAsync(() -> putUntilFailure(name, answered), task -> {
                Thread thread = new Thread(task, "writer " + name);
                thread.setDaemon(true);
                thread.start();
            }));
        }
        while (answered.get() < WRITERS) {
            Thread.sleep(1);
        }
        Thread.sleep(millis);
        killed = true;
        node.process().destroyForcibly();
        CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new)).get();
    }

    private void putUntilFailure(String writer, AtomicInteger answered) {
        Random random = new Random(writer.hashCode());
        try {
            for (int i = 0; ; i++) {
                List<PutRecordsRequestEntry> entries = new ArrayList<>();
                for (int e = 0; e <= random.nextInt(5); e++) {
                    String key = "%s-%d-%d".formatted(writer, i, e);
                    byte[] data = new byte[random.nextInt(20_000)];
                    random.nextBytes(data);
                    sent.put(key, data);
                    entries.add(PutRecordsRequestEntry.builder()
                            .partitionKey(key)
                            .data(SdkBytes.fromByteArray(data))
                            .build());
                }
                List<PutRecordsResultEntry> results = node.client()
                        .putRecords(r -> r.streamName(STREAM).records(entries))
                        .join()
                        .records();
                for (int e = 0; e < results.size(); e++) {
                    acknowledged.put(
                            results.get(e).shardId() + " " + results.get(e).sequenceNumber(),
                            entries.get(e).data().asByteArray());
                }
                answered.incrementAndGet();
            }
        } catch (CompletionException e) {
            assertThat(killed).as("a put failed before the kill: %s", e).isTrue();
        }
    }

    private void assertEverythingIsThere(String when) throws Exception {
        Set<String> keys = new HashSet<>();
        Map<String, byte[]> found = new ConcurrentHashMap<>();
        for (int shard = 0; shard < SHARDS; shard++) {
            BigInteger last = BigInteger.ZERO;
            for (Record record : readAll(shard)) {
                BigInteger number = new BigInteger(record.sequenceNumber());
                assertThat(number).as(when).isGreaterThan(last);
                last = number;
                byte[] data = record.data().asByteArray();
                assertThat(Arrays.equals(data, sent.get(record.partitionKey())))
                        .as("%s: the bytes of %s", when, record.partitionKey())
                        .isTrue();
                assertThat(keys.add(record.partitionKey()))
                        .as("%s: %s came twice", when, record.partitionKey())
                        .isTrue();
                found.put("shardId-%012d %s".formatted(shard, record.sequenceNumber()), data);
            }
        }
        acknowledged.forEach((number, data) -> assertThat(Arrays.equals(found.get(number), data))
                .as("%s: acknowledged record %s", when, number)
                .isTrue());
    }

    private List<Record> readAll(int shard) throws Exception {
        List<Record> all = new ArrayList<>();
        String next = iterator(shard, ShardIteratorType.TRIM_HORIZON);
        GetRecordsResponse response;
        do {
            String iterator = next;
            response = node.client().getRecords(r -> r.shardIterator(iterator)).get();
            all.addAll(response.records());
            next = response.nextShardIterator();
        } while (!response.records().isEmpty());
        return all;
    }

    private String iterator(int shard, ShardIteratorType type) throws Exception {
        return node.client()
                .getShardIterator(r -> r.streamName(STREAM)
                        .shardId("shardId-%012d".formatted(shard))
                        .shardIteratorType(type))
                .get()
                .shardIterator();
    }

    private boolean activeStream() throws Exception {
        return node.client()
                .describeStreamSummary(r -> r.streamName(STREAM))
                .get()
                .streamDescriptionSummary()
                .streamStatusAsString()
                .equals("ACTIVE");
    }

    private String streamArn() throws Exception {
        return node.client()
                .describeStreamSummary(r -> r.streamName(STREAM))
                .get()
                .streamDescriptionSummary()
                .streamARN();
    }

    private Node start() throws IOException {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Main.class.getName(),
                        directory.toString())
                .redirectError(directory.resolve("node.txt").toFile())
                .start();
        BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = output.readLine();
        while (line != null && !line.startsWith("port ")) {
            line = output.readLine();
        }
        assertThat(line).as("the node did not start").isNotNull();
        return new Node(process, client(Integer.parseInt(line.substring("port ".length()))));
    }

    /** Without retries, for a retry can rightly put a record twice. */
    private KinesisAsyncClient client(int port) {
        return KinesisAsyncClient.builder()
                .endpointOverride(URI.create("http://localhost:" + port))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().eventLoopGroup(eventLoops))
                .build();
    }
}
