package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StartingPosition;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

/** The numbers by which a subscription is gone on with, and who has one. */
@Timeout(90)
class SubscriptionNumbersTest {
    private static final String SHARD = "shardId-000000000000";

    @TempDir
    Path directory;

    private static KinesisAsyncClient async(StreamsServer server) {
        return KinesisAsyncClient.builder()
                .endpointOverride(URI.create(server.url("http")))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP2))
                .build();
    }

    private static CompletableFuture<Void> subscribe(
            KinesisAsyncClient client,
            String consumer,
            StartingPosition from,
            LinkedBlockingQueue<SubscribeToShardEvent> events) {
        return client.subscribeToShard(
                r -> r.consumerARN(consumer).shardId(SHARD).startingPosition(from),
                SubscribeToShardResponseHandler.builder()
                        .subscriber(event -> {
                            if (event instanceof SubscribeToShardEvent records) {
                                events.add(records);
                            }
                        })
                        .build());
    }

    private static String register(KinesisClient client, String stream, String name) throws InterruptedException {
        String arn = Clients.awaitActive(client, stream).streamARN();
        String consumer = client.registerStreamConsumer(r -> r.streamARN(arn).consumerName(name))
                .consumer()
                .consumerARN();
        while (client.describeStreamConsumer(r -> r.consumerARN(consumer))
                        .consumerDescription()
                        .consumerStatus()
                != ConsumerStatus.ACTIVE) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        return consumer;
    }

    private static BigInteger next(LinkedBlockingQueue<SubscribeToShardEvent> events) throws InterruptedException {
        SubscribeToShardEvent event = events.poll(30, TimeUnit.SECONDS);
        return new BigInteger(event.continuationSequenceNumber());
    }

    /** An event without records comes each five seconds. */
    @Test
    void whatIsGoneOnWithNeverBecomesSmaller() throws Exception {
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port());
                KinesisAsyncClient async = async(server)) {
            String stream = Clients.createStream(client, 1);
            TimeUnit.MILLISECONDS.sleep(1100); // so that a record arrives in another second than the shard was made in
            String put = client.putRecord(
                            r -> r.streamName(stream).partitionKey("k").data(SdkBytes.fromUtf8String("x")))
                    .sequenceNumber();
            LinkedBlockingQueue<SubscribeToShardEvent> events = new LinkedBlockingQueue<>();
            String consumer = register(client, stream, "reader");
            CompletableFuture<Void> subscription = subscribe(
                    async,
                    consumer,
                    StartingPosition.builder()
                            .type(ShardIteratorType.TRIM_HORIZON)
                            .build(),
                    events);
            BigInteger withRecord = next(events);
            assertThat(withRecord).isGreaterThanOrEqualTo(new BigInteger(put));
            BigInteger empty = next(events);
            assertThat(empty).isGreaterThanOrEqualTo(withRecord);
            subscription.cancel(true);

            LinkedBlockingQueue<SubscribeToShardEvent> later = new LinkedBlockingQueue<>();
            subscribe(
                    async,
                    consumer,
                    StartingPosition.builder()
                            .type(ShardIteratorType.AFTER_SEQUENCE_NUMBER)
                            .sequenceNumber(empty.toString())
                            .build(),
                    later);
            assertThat(next(later)).isGreaterThanOrEqualTo(empty);
        }
    }

    @Test
    void aConsumerThatIsNotReadyAndAnotherSubscriptionAreSaidAsAwsSaysThem() throws Exception {
        String stream;
        try (StreamsServer server = StreamsServer.start(directory, Duration.ofSeconds(3));
                KinesisClient client = Clients.withoutRetries(server.port());
                KinesisAsyncClient async = async(server)) {
            stream = Clients.createStream(client, 1);
            String arn = Clients.awaitActive(client, stream).streamARN();
            String consumer = client.registerStreamConsumer(
                            r -> r.streamARN(arn).consumerName("early"))
                    .consumer()
                    .consumerARN();
            String second = consumer.substring(consumer.lastIndexOf(':') + 1);
            StartingPosition latest =
                    StartingPosition.builder().type(ShardIteratorType.LATEST).build();
            assertThatThrownBy(() -> subscribe(async, consumer, latest, new LinkedBlockingQueue<>())
                            .get())
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(ResourceInUseException.class)
                    .hasMessageContaining("Consumer early with creation timestamp " + second + " under stream: "
                            + stream + " , account 000000000000 is not in ACTIVE status.");
        }
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port());
                KinesisAsyncClient async = async(server)) {
            String consumer = register(client, stream, "reader");
            StartingPosition latest =
                    StartingPosition.builder().type(ShardIteratorType.LATEST).build();
            CompletableFuture<Void> first = subscribe(async, consumer, latest, new LinkedBlockingQueue<>());
            String text = "Another active subscription exists for this consumer: 000000000000:" + stream + ":" + SHARD
                    + ":reader";
            TimeUnit.MILLISECONDS.sleep(500);
            assertThatThrownBy(() -> subscribe(async, consumer, latest, new LinkedBlockingQueue<>())
                            .get())
                    .hasMessageContaining(text);
            TimeUnit.MILLISECONDS.sleep(5000);
            CompletableFuture<Void> second = subscribe(async, consumer, latest, new LinkedBlockingQueue<>());
            assertThatThrownBy(() -> first.get(20, TimeUnit.SECONDS)).hasMessageContaining(text);
            assertThat(List.of(second)).hasSize(1);
        }
    }
}
