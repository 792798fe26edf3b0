package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.EnableEnhancedMonitoringResponse;
import software.amazon.awssdk.services.kinesis.model.MetricsName;
import software.amazon.awssdk.services.kinesis.model.MinimumThroughputBillingCommitmentInputStatus;
import software.amazon.awssdk.services.kinesis.model.MinimumThroughputBillingCommitmentOutputStatus;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.StreamDescriptionSummary;
import software.amazon.awssdk.services.kinesis.model.Tag;

/** What streams, consumers and accounts are set to: each call does what it says, and a restart changes nothing. */
@Timeout(60)
class SettingsTest {
    private static final String POLICY = "{\"Version\":\"2012-10-17\",\"Statement\":[]}";

    @TempDir
    Path directory;

    /** Sets something and returns what then can be read of it. */
    private interface Setting {
        Object set(KinesisClient client, String stream, String arn) throws InterruptedException;
    }

    /** Reads something. */
    private interface Reading {
        Object of(KinesisClient client, String stream, String arn);
    }

    private void isKept(Setting setting, Reading reading, Object expected) throws InterruptedException {
        String stream;
        String arn;
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port())) {
            stream = Clients.createStream(client, 1);
            arn = Clients.awaitActive(client, stream).streamARN();
            assertThat(setting.set(client, stream, arn)).isEqualTo(expected);
            Clients.awaitActive(client, stream);
            assertThat(reading.of(client, stream, arn)).isEqualTo(expected);
        }
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port())) {
            assertThat(reading.of(client, stream, arn)).isEqualTo(expected);
        }
    }

    private static StreamDescriptionSummary summary(KinesisClient client, String stream) {
        return client.describeStreamSummary(r -> r.streamName(stream)).streamDescriptionSummary();
    }

    @Test
    void retentionGrowsAndShrinks() throws Exception {
        isKept(
                (client, stream, arn) -> {
                    client.increaseStreamRetentionPeriod(
                            r -> r.streamName(stream).retentionPeriodHours(72));
                    assertThat(Clients.awaitActive(client, stream).retentionPeriodHours())
                            .isEqualTo(72);
                    client.decreaseStreamRetentionPeriod(r -> r.streamARN(arn).retentionPeriodHours(48));
                    return Clients.awaitActive(client, stream).retentionPeriodHours();
                },
                (client, stream, arn) -> summary(client, stream).retentionPeriodHours(),
                48);
    }

    @Test
    void streamsHaveTagsByNameAndByArn() throws Exception {
        Reading tags = (client, stream, arn) ->
                client.listTagsForStream(r -> r.streamName(stream)).tags();
        isKept(
                (client, stream, arn) -> {
                    client.addTagsToStream(r -> r.streamName(stream).tags(Map.of("a", "1", "b", "2")));
                    client.tagResource(r -> r.resourceARN(arn).tags(Map.of("b", "3", "c", "4", "d", "5")));
                    client.removeTagsFromStream(r -> r.streamName(stream).tagKeys("a"));
                    client.untagResource(r -> r.resourceARN(arn).tagKeys("d"));
                    assertThat(client.listTagsForResource(r -> r.resourceARN(arn))
                                    .tags())
                            .isEqualTo(tags.of(client, stream, arn));
                    return tags.of(client, stream, arn);
                },
                tags,
                List.of(tag("b", "3"), tag("c", "4")));
    }

    private static Tag tag(String key, String value) {
        return Tag.builder().key(key).value(value).build();
    }

    @Test
    void consumersHaveTagsAndPoliciesOfTheirOwn() throws Exception {
        Reading both = (client, stream, arn) -> {
            String consumer = consumerArn(client, arn);
            return List.of(
                    client.listTagsForResource(r -> r.resourceARN(consumer)).tags(),
                    client.getResourcePolicy(r -> r.resourceARN(consumer)).policy());
        };
        isKept(
                (client, stream, arn) -> {
                    client.registerStreamConsumer(
                            r -> r.streamARN(arn).consumerName("reader").tags(Map.of("a", "1")));
                    String consumer = consumerArn(client, arn);
                    client.tagResource(r -> r.resourceARN(consumer).tags(Map.of("b", "2")));
                    client.putResourcePolicy(r -> r.resourceARN(consumer).policy(POLICY));
                    return both.of(client, stream, arn);
                },
                both,
                List.of(List.of(tag("a", "1"), tag("b", "2")), POLICY));
    }

    private static String consumerArn(KinesisClient client, String streamArn) {
        return client.listStreamConsumers(r -> r.streamARN(streamArn))
                .consumers()
                .get(0)
                .consumerARN();
    }

    @Test
    void aPolicyIsKeptUntilItIsDeleted() throws Exception {
        isKept(
                (client, stream, arn) -> {
                    assertThatThrownBy(() -> client.deleteResourcePolicy(r -> r.resourceARN(arn)))
                            .isInstanceOf(ResourceNotFoundException.class);
                    client.putResourcePolicy(r -> r.resourceARN(arn).policy("{\"Id\":\"other\",\"Statement\":[]}"));
                    client.deleteResourcePolicy(r -> r.resourceARN(arn));
                    client.putResourcePolicy(r -> r.resourceARN(arn).policy(POLICY));
                    return client.getResourcePolicy(r -> r.resourceARN(arn)).policy();
                },
                (client, stream, arn) ->
                        client.getResourcePolicy(r -> r.resourceARN(arn)).policy(),
                POLICY);
    }

    @Test
    void metricsOfShardsAreEnabledAndDisabledOneByOne() throws Exception {
        isKept(
                (client, stream, arn) -> {
                    EnableEnhancedMonitoringResponse enabled = client.enableEnhancedMonitoring(r -> r.streamName(stream)
                            .shardLevelMetrics(MetricsName.OUTGOING_BYTES, MetricsName.INCOMING_BYTES));
                    assertThat(enabled.currentShardLevelMetrics()).isEmpty();
                    assertThat(enabled.desiredShardLevelMetrics())
                            .containsExactly(MetricsName.INCOMING_BYTES, MetricsName.OUTGOING_BYTES);
                    Clients.awaitActive(client, stream);
                    return client.disableEnhancedMonitoring(
                                    r -> r.streamARN(arn).shardLevelMetrics(MetricsName.INCOMING_BYTES))
                            .desiredShardLevelMetrics();
                },
                (client, stream, arn) ->
                        summary(client, stream).enhancedMonitoring().get(0).shardLevelMetrics(),
                List.of(MetricsName.OUTGOING_BYTES));
    }

    @Test
    void changesOfMetricsAtTheSameTimeAreAllMade() throws Exception {
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.to(server.port())) {
            String stream = Clients.createStream(client, 1);
            List<CompletableFuture<?>> calls = List.of(MetricsName.INCOMING_BYTES, MetricsName.OUTGOING_BYTES).stream()
                    .<CompletableFuture<?>>map(
                            name -> CompletableFuture.runAsync(() -> enableWhenActive(client, stream, name)))
                    .toList();
            for (CompletableFuture<?> call : calls) {
                call.join();
            }
            assertThat(summary(client, stream).enhancedMonitoring().get(0).shardLevelMetrics())
                    .containsExactly(MetricsName.INCOMING_BYTES, MetricsName.OUTGOING_BYTES);
        }
    }

    private static void enableWhenActive(KinesisClient client, String stream, MetricsName name) {
        boolean done = false;
        while (!done) {
            try {
                client.enableEnhancedMonitoring(r -> r.streamName(stream).shardLevelMetrics(name));
                done = true;
            } catch (ResourceInUseException e) {
                Thread.onSpinWait(); // the other one's change is under way
            }
        }
    }

    @Test
    void recordsMayBeAsLargeAsTheStreamIsSetTo() throws Exception {
        isKept(
                (client, stream, arn) -> {
                    client.updateMaxRecordSize(r -> r.streamARN(arn).maxRecordSizeInKiB(2048));
                    Clients.awaitActive(client, stream);
                    client.putRecord(r ->
                            r.streamName(stream).partitionKey("k").data(SdkBytes.fromByteArray(new byte[2048 * 1024])));
                    return summary(client, stream).maxRecordSizeInKiB();
                },
                (client, stream, arn) -> summary(client, stream).maxRecordSizeInKiB(),
                2048);
    }

    @Test
    void anAccountCommitsToAThroughput() throws Exception {
        Reading status = (client, stream, arn) -> client.describeAccountSettings(r -> {})
                .minimumThroughputBillingCommitment()
                .status();
        isKept(
                (client, stream, arn) -> {
                    assertThat(status.of(client, stream, arn))
                            .isEqualTo(MinimumThroughputBillingCommitmentOutputStatus.DISABLED);
                    return client.updateAccountSettings(r -> r.minimumThroughputBillingCommitment(
                                    c -> c.status(MinimumThroughputBillingCommitmentInputStatus.ENABLED)))
                            .minimumThroughputBillingCommitment()
                            .status();
                },
                status,
                MinimumThroughputBillingCommitmentOutputStatus.ENABLED);
    }

    @Test
    void limitsCountOpenShardsAndOnDemandStreams() throws Exception {
        Reading limits = (client, stream, arn) -> {
            var described = client.describeLimits();
            return List.of(
                    described.shardLimit(),
                    described.openShardCount(),
                    described.onDemandStreamCount(),
                    described.onDemandStreamCountLimit());
        };
        isKept(
                (client, stream, arn) -> {
                    client.createStream(r -> r.streamName("by-load").streamModeDetails(m -> m.streamMode("ON_DEMAND")));
                    Clients.awaitActive(client, "by-load");
                    return limits.of(client, stream, arn);
                },
                limits,
                List.of(20_000, 1, 1, 5000));
    }
}
