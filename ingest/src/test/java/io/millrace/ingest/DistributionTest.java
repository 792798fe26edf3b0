package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.InvalidArgumentException;
import software.amazon.awssdk.services.kinesis.model.KinesisException;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.RecordDistributionStrategy;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamDescriptionSummary;
import software.amazon.awssdk.services.kinesis.model.StreamMode;

/** A stream with the strategy AUTO spreads its records, and needs no partition keys. */
@Timeout(60)
class DistributionTest {
    @TempDir
    Path directory;

    private static StreamDescriptionSummary summary(KinesisClient client, String stream) {
        return client.describeStreamSummary(r -> r.streamName(stream)).streamDescriptionSummary();
    }

    private static void create(KinesisClient client, String stream, RecordDistributionStrategy strategy)
            throws InterruptedException {
        client.createStream(r -> r.streamName(stream)
                .streamModeDetails(m -> m.streamMode(StreamMode.ON_DEMAND))
                .recordDistributionStrategy(strategy));
        Clients.awaitActive(client, stream);
    }

    private static PutRecordsRequestEntry entry(String key, int number) {
        return PutRecordsRequestEntry.builder()
                .partitionKey(key)
                .explicitHashKey(key == null ? null : "0")
                .data(SdkBytes.fromUtf8String("record " + number))
                .build();
    }

    /** Counts where records of one key, or of none, go. */
    private static Map<String, Integer> placed(KinesisClient client, String stream, String key) {
        Map<String, Integer> placed = new TreeMap<>();
        client
                .putRecords(r -> r.streamName(stream)
                        .records(IntStream.range(0, 100)
                                .mapToObj(i -> entry(key, i))
                                .toList()))
                .records()
                .stream()
                .map(PutRecordsResultEntry::shardId)
                .forEach(shard -> placed.merge(shard, 1, Integer::sum));
        for (int i = 0; i < 20; i++) {
            SdkBytes data = SdkBytes.fromUtf8String("single " + i);
            placed.merge(
                    client.putRecord(r -> r.streamName(stream).partitionKey(key).data(data))
                            .shardId(),
                    1,
                    Integer::sum);
        }
        return placed;
    }

    @Test
    void recordsAreSpreadWhateverTheirKey() throws Exception {
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port())) {
            create(client, "auto", RecordDistributionStrategy.AUTO);
            assertThat(placed(client, "auto", "one key"))
                    .hasSize(4)
                    .allSatisfy((shard, count) -> assertThat(count).isEqualTo(30));
            assertThat(placed(client, "auto", null))
                    .hasSize(4)
                    .allSatisfy((shard, count) -> assertThat(count).isEqualTo(30));
            assertThat(summary(client, "auto").recordDistributionStrategy()).isEqualTo(RecordDistributionStrategy.AUTO);

            assertThatThrownBy(() -> client.putRecord(r -> r.streamName("auto")
                            .sequenceNumberForOrdering("0")
                            .data(SdkBytes.fromUtf8String("ordered"))))
                    .isInstanceOf(InvalidArgumentException.class)
                    .hasMessageContaining("SequenceNumberForOrdering");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void recordsKeepTheKeyThatTheyHaveAndNoOther(boolean cbor) throws Exception {
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port())) {
            create(client, "keys", RecordDistributionStrategy.AUTO);
            client.putRecords(r -> r.streamName("keys").records(entry("key", 0), entry(null, 1)));
            for (PutRecordsResultEntry placed : client.putRecords(
                            r -> r.streamName("keys").records(entry(null, 2), entry("ä", 3)))
                    .records()) {
                assertThat(placed.errorCode()).isNull();
            }
            PlainCalls calls = new PlainCalls(server);
            TreeMap<String, String> keys = new TreeMap<>();
            for (int shard = 0; shard < 4; shard++) {
                String id = "shardId-00000000000" + shard;
                String iterator = client.getShardIterator(
                                r -> r.streamName("keys").shardId(id).shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                        .shardIterator();
                for (Record record :
                        cbor ? client.getRecords(r -> r.shardIterator(iterator)).records() : inJson(calls, iterator)) {
                    keys.put(record.data().asUtf8String(), String.valueOf(record.partitionKey()));
                }
            }
            assertThat(keys)
                    .containsExactlyEntriesOf(new TreeMap<>(
                            Map.of("record 0", "key", "record 1", "null", "record 2", "null", "record 3", "ä")));
        }
    }

    private static List<Record> inJson(PlainCalls calls, String iterator) {
        return calls.succeed("GetRecords", "{\"ShardIterator\":\"" + iterator + "\"}")
                .members()
                .get("Records")
                .valueStream()
                .map(record -> Record.builder()
                        .partitionKey(
                                record.get("PartitionKey") == null
                                        ? null
                                        : record.get("PartitionKey").asString())
                        .data(SdkBytes.fromByteArray(record.get("Data").binaryValue()))
                        .build())
                .toList();
    }

    @Test
    void theStrategyIsChangedAtOnceAndKept() throws Exception {
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port())) {
            create(client, "changed", null);
            String arn = summary(client, "changed").streamARN();
            assertThat(summary(client, "changed").recordDistributionStrategy())
                    .isEqualTo(RecordDistributionStrategy.USER_PARTITION_KEY);
            assertThat(placed(client, "changed", "one key")).hasSizeLessThanOrEqualTo(2); // by hash key and by key
            assertThatThrownBy(() -> placed(client, "changed", null)).isInstanceOf(KinesisException.class);

            client.updateStreamRecordDistributionStrategy(
                    r -> r.streamARN(arn).recordDistributionStrategy(RecordDistributionStrategy.AUTO));
            assertThat(placed(client, "changed", null)).hasSize(4);
        }
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port())) {
            assertThat(summary(client, "changed").recordDistributionStrategy())
                    .isEqualTo(RecordDistributionStrategy.AUTO);
            assertThat(placed(client, "changed", null)).hasSize(4);
        }
    }

    @Test
    void provisionedStreamsHaveNone() throws Exception {
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port())) {
            assertThatThrownBy(() -> client.createStream(r -> r.streamName("provisioned")
                            .shardCount(1)
                            .recordDistributionStrategy(RecordDistributionStrategy.AUTO)))
                    .isInstanceOf(InvalidArgumentException.class);
            String stream = Clients.createStream(client, 1);
            String arn = Clients.awaitActive(client, stream).streamARN();
            assertThatThrownBy(() -> client.updateStreamRecordDistributionStrategy(
                            r -> r.streamARN(arn).recordDistributionStrategy(RecordDistributionStrategy.AUTO)))
                    .isInstanceOf(InvalidArgumentException.class);

            create(client, "switched", RecordDistributionStrategy.AUTO);
            String switched = summary(client, "switched").streamARN();
            assertThatThrownBy(() -> client.updateStreamMode(
                            r -> r.streamARN(switched).streamModeDetails(m -> m.streamMode(StreamMode.PROVISIONED))))
                    .isInstanceOf(InvalidArgumentException.class)
                    .hasMessageContaining("RecordDistributionStrategy");
        }
    }
}
