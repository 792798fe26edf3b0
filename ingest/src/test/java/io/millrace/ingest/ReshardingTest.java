package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.streams.Limits;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ChildShard;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.InvalidArgumentException;
import software.amazon.awssdk.services.kinesis.model.KinesisException;
import software.amazon.awssdk.services.kinesis.model.LimitExceededException;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ScalingType;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardFilterType;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamMode;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;
import software.amazon.awssdk.services.kinesis.model.UpdateShardCountResponse;

/** Splits, merges and changes of capacity, as a client sees them. */
@Timeout(20)
class ReshardingTest {
    private static final String MIDDLE = "170141183460469231731687303715884105728";
    private static final String LAST = "340282366920938463463374607431768211455";

    @RegisterExtension
    static final RunningServer SERVER = new RunningServer(Limits.OFF);

    private static KinesisClient client;

    @BeforeAll
    static void start() {
        client = Clients.to(SERVER.port());
    }

    @AfterAll
    static void stop() {
        client.close();
    }

    @Test
    void aSplitClosesTheParentAndItsReadersGoOnWithTheChildren() throws Exception {
        String stream = Clients.createStream(client, 1);
        String before = put(stream, "0", "old");

        client.splitShard(r -> r.streamName(stream).shardToSplit("0").newStartingHashKey(MIDDLE));

        assertThat(client.describeStreamSummary(r -> r.streamName(stream))
                        .streamDescriptionSummary()
                        .streamStatus())
                .isEqualTo(StreamStatus.UPDATING);
        assertThatThrownBy(() -> client.splitShard(r -> r.streamName(stream)
                        .shardToSplit("shardId-000000000000")
                        .newStartingHashKey(MIDDLE)))
                .isInstanceOf(ResourceInUseException.class)
                .hasMessageContaining("not ACTIVE, instead in state UPDATING");
        assertThat(Clients.awaitActive(client, stream).openShardCount()).isEqualTo(2);
        List<Shard> shards = client.listShards(r -> r.streamName(stream)).shards();
        assertThat(shards).hasSize(3);
        Shard parent = shards.get(0);
        assertThat(number(parent.sequenceNumberRange().endingSequenceNumber())).isGreaterThan(number(before));
        for (Shard child : shards.subList(1, 3)) {
            assertThat(child.parentShardId()).isEqualTo(parent.shardId());
            assertThat(child.adjacentParentShardId()).isNull();
            assertThat(number(child.sequenceNumberRange().startingSequenceNumber()))
                    .isGreaterThan(number(parent.sequenceNumberRange().endingSequenceNumber()));
        }
        assertThat(shards.get(1).hashKeyRange().startingHashKey()).isEqualTo("0");
        assertThat(shards.get(2).hashKeyRange().startingHashKey()).isEqualTo(MIDDLE);
        assertThat(shards.get(2).hashKeyRange().endingHashKey()).isEqualTo(LAST);
        assertThat(number(put(stream, "0", "new"))).isGreaterThan(number(before));

        GetRecordsResponse end = read(stream, parent.shardId(), ShardIteratorType.TRIM_HORIZON);
        assertThat(end.records())
                .extracting(record -> record.data().asUtf8String())
                .containsExactly("old");
        assertThat(end.nextShardIterator()).isNull();
        assertThat(end.childShards())
                .extracting(ChildShard::shardId)
                .containsExactly("shardId-000000000001", "shardId-000000000002");
        assertThat(end.childShards().get(0).parentShards()).containsExactly(parent.shardId());
        assertThat(read(stream, parent.shardId(), ShardIteratorType.LATEST).nextShardIterator())
                .isNull();
        assertThat(read(stream, "shardId-000000000001", ShardIteratorType.TRIM_HORIZON)
                        .records())
                .extracting(record -> record.data().asUtf8String())
                .containsExactly("new");
        assertThatThrownBy(() -> client.splitShard(
                        r -> r.streamName(stream).shardToSplit(parent.shardId()).newStartingHashKey(MIDDLE)))
                .isInstanceOf(InvalidArgumentException.class);
    }

    @Test
    void aMergeHasBothParentsAndTheWholeRange() throws Exception {
        String stream = Clients.createStream(client, 3);
        assertThatThrownBy(() -> merge(stream, 0, 2))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("are not an adjacent pair of shards eligible for merging");
        assertThatThrownBy(() -> merge(stream, 1, 0)).isInstanceOf(InvalidArgumentException.class);
        assertThatThrownBy(() -> merge(stream, 1, 7))
                .isInstanceOf(ResourceNotFoundException.class)
                .hasMessageContaining(
                        "Could not find shard shardId-000000000007 in stream %s under account 000000000000."
                                .formatted(stream));

        merge(stream, 1, 2);
        Clients.awaitActive(client, stream);

        List<Shard> shards = client.listShards(r -> r.streamName(stream)).shards();
        Shard child = shards.get(3);
        assertThat(child.parentShardId()).isEqualTo("shardId-000000000001");
        assertThat(child.adjacentParentShardId()).isEqualTo("shardId-000000000002");
        assertThat(child.hashKeyRange().startingHashKey())
                .isEqualTo(shards.get(1).hashKeyRange().startingHashKey());
        assertThat(child.hashKeyRange().endingHashKey()).isEqualTo(LAST);
        assertThat(read(stream, "shardId-000000000002", ShardIteratorType.TRIM_HORIZON)
                        .childShards())
                .singleElement()
                .satisfies(shard -> assertThat(shard.parentShards())
                        .containsExactly("shardId-000000000001", "shardId-000000000002"));
        assertThat(filtered(stream, ShardFilterType.AT_LATEST)).containsExactly(0, 3);
        assertThat(filtered(stream, ShardFilterType.AT_TRIM_HORIZON)).containsExactly(0, 1, 2);
        assertThat(filtered(stream, ShardFilterType.FROM_TRIM_HORIZON)).containsExactly(0, 1, 2, 3);
    }

    @ParameterizedTest
    @CsvSource({"2,4", "4,2", "3,4", "5,3"})
    void theCountOfShardsIsChangedUniformly(int from, int to) throws Exception {
        String stream = Clients.createStream(client, from);

        UpdateShardCountResponse response = scale(stream, to);

        assertThat(response.currentShardCount()).isEqualTo(from);
        assertThat(response.targetShardCount()).isEqualTo(to);
        assertThat(Clients.awaitActive(client, stream).openShardCount()).isEqualTo(to);
        List<Shard> open = client
                .listShards(r -> r.streamName(stream).shardFilter(f -> f.type(ShardFilterType.AT_LATEST)))
                .shards()
                .stream()
                .sorted(Comparator.comparing(
                        shard -> number(shard.hashKeyRange().startingHashKey())))
                .toList();
        BigInteger next = BigInteger.ZERO;
        for (Shard shard : open) {
            assertThat(number(shard.hashKeyRange().startingHashKey())).isEqualTo(next);
            next = number(shard.hashKeyRange().endingHashKey()).add(BigInteger.ONE);
        }
        assertThat(next).isEqualTo(BigInteger.ONE.shiftLeft(128));
    }

    @Test
    void moreThanTwiceOrLessThanHalfIsRefused() throws Exception {
        String stream = Clients.createStream(client, 4);
        assertThatThrownBy(() -> scale(stream, 9))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("UpdateShardCount cannot scale up over double your current open shard count."
                        + " Current open shard count: 4, Target shard count: 9");
        assertThatThrownBy(() -> scale(stream, 1))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("UpdateShardCount cannot scale down below half your current open shard count."
                        + " Current open shard count: 4, Target shard count: 1");
    }

    @Test
    void anOnDemandStreamIsNotSplitByHandAndGrowsWithItsWarmThroughput() throws Exception {
        String stream = Clients.createStream(client, 1);
        String arn = Clients.awaitActive(client, stream).streamARN();
        client.updateStreamMode(r -> r.streamARN(arn).streamModeDetails(m -> m.streamMode(StreamMode.ON_DEMAND)));
        Clients.awaitActive(client, stream);

        assertThatThrownBy(() -> scale(stream, 2))
                .isInstanceOfSatisfying(
                        KinesisException.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("ValidationException"));
        client.updateStreamWarmThroughput(r -> r.streamARN(arn).warmThroughputMiBps(6));

        assertThat(Clients.awaitActive(client, stream).openShardCount()).isEqualTo(6);
        assertThat(Clients.awaitActive(client, stream).warmThroughput().currentMiBps())
                .isEqualTo(6);
    }

    private static UpdateShardCountResponse scale(String stream, int target) {
        return client.updateShardCount(
                r -> r.streamName(stream).targetShardCount(target).scalingType(ScalingType.UNIFORM_SCALING));
    }

    private static void merge(String stream, int shard, int adjacent) {
        client.mergeShards(r -> r.streamName(stream)
                .shardToMerge("shardId-%012d".formatted(shard))
                .adjacentShardToMerge("shardId-%012d".formatted(adjacent)));
    }

    private static List<Integer> filtered(String stream, ShardFilterType type) {
        List<Integer> indexes = new ArrayList<>();
        for (Shard shard : client.listShards(r -> r.streamName(stream).shardFilter(f -> f.type(type)))
                .shards()) {
            indexes.add(Integer.parseInt(shard.shardId().substring("shardId-".length())));
        }
        return indexes;
    }

    private static String put(String stream, String hashKey, String data) {
        return client.putRecord(r -> r.streamName(stream)
                        .partitionKey("k")
                        .explicitHashKey(hashKey)
                        .data(SdkBytes.fromUtf8String(data)))
                .sequenceNumber();
    }

    private static GetRecordsResponse read(String stream, String shard, ShardIteratorType type) {
        String iterator = client.getShardIterator(
                        r -> r.streamName(stream).shardId(shard).shardIteratorType(type))
                .shardIterator();
        return client.getRecords(r -> r.shardIterator(iterator));
    }

    private static BigInteger number(String decimal) {
        return new BigInteger(decimal);
    }
}
