package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.InvalidArgumentException;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;
import software.amazon.awssdk.utils.AttributeMap;

/** The unmodified Java SDK v2, synchronous and asynchronous, in cleartext and over TLS, at its defaults. */
@Timeout(20)
class JavaSdkTest {
    private static final AttributeMap TRUST_ALL = AttributeMap.builder()
            .put(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES, true)
            .build();

    @TempDir
    static Path directory;

    private static StreamsServer server;

    @BeforeAll
    static void start() {
        server = StreamsServer.startSigned(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void theSynchronousClientPutsAndGetsThroughAllIteratorTypes(String scheme) throws InterruptedException {
        try (KinesisClient client = syncClient(scheme)) {
            String stream = createStream(client, 3);
            Instant start = Instant.now();
            List<PutRecordsResultEntry> placed = client.putRecords(request -> request.streamName(stream)
                            .records(IntStream.range(0, 100)
                                    .mapToObj(i -> PutRecordsRequestEntry.builder()
                                            .partitionKey("key-" + i)
                                            .data(SdkBytes.fromUtf8String("data-" + i))
                                            .build())
                                    .toList()))
                    .records();
            assertThat(placed).hasSize(100).allMatch(entry -> entry.errorCode() == null);

            List<Record> all = new ArrayList<>();
            for (Shard shard : client.listShards(r -> r.streamName(stream)).shards()) {
                List<Record> records = read(client, stream, shard, ShardIteratorType.TRIM_HORIZON, null, null);
                assertThat(records)
                        .isSortedAccordingTo((a, b) -> a.sequenceNumber().compareTo(b.sequenceNumber()));
                all.addAll(records);
                String second = records.get(1).sequenceNumber();
                assertThat(read(client, stream, shard, ShardIteratorType.AT_SEQUENCE_NUMBER, second, null))
                        .isEqualTo(records.subList(1, records.size()));
                assertThat(read(client, stream, shard, ShardIteratorType.AFTER_SEQUENCE_NUMBER, second, null))
                        .isEqualTo(records.subList(2, records.size()));
                assertThat(read(client, stream, shard, ShardIteratorType.AT_TIMESTAMP, null, start.minusSeconds(5)))
                        .isEqualTo(records);
                assertThatThrownBy(() -> read(
                                client, stream, shard, ShardIteratorType.AT_TIMESTAMP, null, start.plusSeconds(60)))
                        .isInstanceOf(InvalidArgumentException.class)
                        .hasMessageContaining("cannot be greater than the currentTimestampInMillis");
                assertThat(read(client, stream, shard, ShardIteratorType.LATEST, null, null))
                        .isEmpty();
            }
            assertThat(all.stream().map(record -> record.data().asUtf8String()))
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, 100).mapToObj(i -> "data-" + i).toList());
            assertThat(all.stream().map(Record::sequenceNumber))
                    .containsExactlyInAnyOrderElementsOf(placed.stream()
                            .map(PutRecordsResultEntry::sequenceNumber)
                            .toList());
            assertThat(all)
                    .allSatisfy(record -> assertThat(record.approximateArrivalTimestamp())
                            .isBetween(start.minusSeconds(1), Instant.now().plusSeconds(1)));
            client.deleteStream(r -> r.streamName(stream));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void theAsynchronousClientSubscribesAndIsPushedWhatIsPutLater(String scheme) throws Exception {
        try (KinesisAsyncClient client = asyncClient(scheme)) {
            String stream = "push-" + UUID.randomUUID();
            client.createStream(r -> r.streamName(stream).shardCount(1)).get();
            // Not the SDK's waiter: it sleeps for ten seconds when its first look comes a moment too early.
            while (client.describeStreamSummary(r -> r.streamName(stream))
                            .get()
                            .streamDescriptionSummary()
                            .streamStatus()
                    != StreamStatus.ACTIVE) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
            putOne(client, stream, "before");
            String streamArn = client.describeStreamSummary(r -> r.streamName(stream))
                    .get()
                    .streamDescriptionSummary()
                    .streamARN();
            String consumerArn = client.registerStreamConsumer(
                            r -> r.streamARN(streamArn).consumerName("watcher"))
                    .get()
                    .consumer()
                    .consumerARN();
            while (client.describeStreamConsumer(r -> r.consumerARN(consumerArn))
                            .get()
                            .consumerDescription()
                            .consumerStatus()
                    != ConsumerStatus.ACTIVE) {
                TimeUnit.MILLISECONDS.sleep(20);
            }

            ConcurrentLinkedQueue<Record> pushed = new ConcurrentLinkedQueue<>();
            CompletableFuture<Void> confirmed = new CompletableFuture<>();
            SubscribeToShardResponseHandler handler = SubscribeToShardResponseHandler.builder()
                    .onResponse(response -> confirmed.complete(null))
                    .subscriber(event -> {
                        if (event instanceof SubscribeToShardEvent records) {
                            pushed.addAll(records.records());
                        }
                    })
                    .build();
            CompletableFuture<Void> subscription = client.subscribeToShard(
                    r -> r.consumerARN(consumerArn)
                            .shardId("shardId-000000000000")
                            .startingPosition(p -> p.type(ShardIteratorType.TRIM_HORIZON)),
                    handler);
            confirmed.get();
            Instant put = Instant.now();
            putOne(client, stream, "after");
            while (pushed.size() < 2) {
                TimeUnit.MILLISECONDS.sleep(5);
            }

            assertThat(pushed.stream().map(record -> record.data().asUtf8String()))
                    .containsExactly("before", "after");
            assertThat(pushed)
                    .allSatisfy(record -> assertThat(record.approximateArrivalTimestamp())
                            .isBetween(put.minusSeconds(30), put.plusSeconds(30)));
            subscription.cancel(true);
        }
    }

    @Test
    void errorsArriveAsTheExceptionsOfTheSdkWithAWSsTexts() throws InterruptedException {
        try (KinesisClient client = syncClient("http")) {
            assertThatThrownBy(() -> client.describeStream(r -> r.streamName("nowhere")))
                    .isInstanceOfSatisfying(ResourceNotFoundException.class, e -> {
                        assertThat(e.statusCode()).isEqualTo(400);
                        assertThat(e.requestId()).isNotBlank();
                        assertThat(e.awsErrorDetails().errorMessage())
                                .isEqualTo("Stream nowhere under account 000000000000 not found.");
                    });
            String stream = createStream(client, 1);
            assertThatThrownBy(
                            () -> client.createStream(r -> r.streamName(stream).shardCount(1)))
                    .isInstanceOf(ResourceInUseException.class)
                    .hasMessageContaining("Stream " + stream + " under account 000000000000 already exists.");
            assertThatThrownBy(() -> client.putRecord(
                            r -> r.streamName(stream).partitionKey("").data(SdkBytes.fromUtf8String("x"))))
                    .hasMessageContaining(
                            "1 validation error detected: Value '' at 'partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1");
        }
    }

    @Test
    void explicitHashKeysAndMd5DecideTheShard() throws InterruptedException {
        try (KinesisClient client = syncClient("http")) {
            String stream = createStream(client, 4);
            SdkBytes data = SdkBytes.fromByteArray("x".getBytes(StandardCharsets.UTF_8));
            String last = client.putRecord(r -> r.streamName(stream)
                            .partitionKey("a")
                            .explicitHashKey("340282366920938463463374607431768211455")
                            .data(data))
                    .shardId();
            String first = client.putRecord(r -> r.streamName(stream)
                            .partitionKey("a")
                            .explicitHashKey("0")
                            .data(data))
                    .shardId();
            // MD5("a") = 0cc175b9..., in the first quarter; MD5("b") = 92eb5ffe..., in the third
            String a = client.putRecord(
                            r -> r.streamName(stream).partitionKey("a").data(data))
                    .shardId();
            String b = client.putRecord(
                            r -> r.streamName(stream).partitionKey("b").data(data))
                    .shardId();

            assertThat(List.of(last, first, a, b))
                    .containsExactly(
                            "shardId-000000000003",
                            "shardId-000000000000",
                            "shardId-000000000000",
                            "shardId-000000000002");
        }
    }

    private static List<Record> read(
            KinesisClient client, String stream, Shard shard, ShardIteratorType type, String sequence, Instant time) {
        String iterator = client.getShardIterator(r -> r.streamName(stream)
                        .shardId(shard.shardId())
                        .shardIteratorType(type)
                        .startingSequenceNumber(sequence)
                        .timestamp(time))
                .shardIterator();
        return client.getRecords(r -> r.shardIterator(iterator)).records();
    }

    private static String createStream(KinesisClient client, int shards) throws InterruptedException {
        String stream = "stream-" + UUID.randomUUID();
        client.createStream(r -> r.streamName(stream).shardCount(shards));
        while (client.describeStreamSummary(r -> r.streamName(stream))
                        .streamDescriptionSummary()
                        .streamStatus()
                != StreamStatus.ACTIVE) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return stream;
    }

    private static void putOne(KinesisAsyncClient client, String stream, String data) throws Exception {
        client.putRecord(r -> r.streamName(stream).partitionKey("k").data(SdkBytes.fromUtf8String(data)))
                .get();
    }

    private static KinesisClient syncClient(String scheme) {
        return KinesisClient.builder()
                .endpointOverride(URI.create(server.url(scheme)))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClient(UrlConnectionHttpClient.builder().buildWithDefaults(TRUST_ALL))
                .build();
    }

    private static KinesisAsyncClient asyncClient(String scheme) {
        return KinesisAsyncClient.builder()
                .endpointOverride(URI.create(server.url(scheme)))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClientBuilder(new TrustingNetty())
                .build();
    }

    /** The SDK's own default client with nothing changed but the trust in the self-signed certificate. */
    private static final class TrustingNetty
            implements software.amazon.awssdk.http.async.SdkAsyncHttpClient.Builder<TrustingNetty> {
        @Override
        public software.amazon.awssdk.http.async.SdkAsyncHttpClient buildWithDefaults(AttributeMap serviceDefaults) {
            return NettyNioAsyncHttpClient.builder().buildWithDefaults(serviceDefaults.merge(TRUST_ALL));
        }
    }
}
