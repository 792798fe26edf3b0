package io.millrace.ingest.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.streams.HashKeyRange;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.ShapeWriter;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.ChildShard;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;

/** The hot encoders give the bytes of the generic one. */
@Timeout(60)
class OutputsTest {
    private static final BodyFormat[] FORMATS = {BodyFormat.JSON_1_1, BodyFormat.CBOR};
    private static final String[] ENCRYPTION_TYPES = {null, "NONE", "KMS"};
    private static final int BODIES_A_SEED = 20;

    static LongStream seeds() {
        return LongStream.concat(
                LongStream.range(0, 100), ThreadLocalRandom.current().longs(10));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theAnswersToPutsAreThoseOfTheGenericWriter(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < BODIES_A_SEED; i++) {
            String encryption = ENCRYPTION_TYPES[random.nextInt(3)];
            ShardInfo shard = shard(random);
            int entries = random.nextInt(i == 0 ? 500 : 6);
            int failed = random.nextInt(entries + 1);
            for (BodyFormat format : FORMATS) {
                PutRecordsOutput out = new PutRecordsOutput(format, random.nextInt(entries + 1), failed);
                List<PutRecordsResultEntry> expected = new ArrayList<>();
                for (int k = 0; k < entries; k++) {
                    expected.add(k < failed ? failed(random, out) : placed(random, shard, out));
                }
                PutRecordsResponse response = PutRecordsResponse.builder()
                        .failedRecordCount(failed)
                        .records(expected)
                        .encryptionType(encryption)
                        .build();
                assertThat(i % 2 == 0 ? out.toBytes(encryption) : ByteBufUtil.getBytes(out.toByteBuf(encryption)))
                        .isEqualTo(ShapeWriter.write(response, format));

                long offset = offset(random);
                long arrival = arrival(random);
                assertThat(PutRecordsOutput.single(format, shard, offset, arrival, encryption))
                        .isEqualTo(ShapeWriter.write(
                                PutRecordResponse.builder()
                                        .shardId(shard.id())
                                        .sequenceNumber(shard.sequenceNumber(offset, arrival))
                                        .encryptionType(encryption)
                                        .build(),
                                format));
            }
        }
    }

    private static PutRecordsResultEntry failed(Random random, PutRecordsOutput out) {
        String message = "Rate exceeded for shard /%s".formatted(new RandomInput(random.nextLong()).key());
        out.failed("ProvisionedThroughputExceededException", message);
        return PutRecordsResultEntry.builder()
                .errorCode("ProvisionedThroughputExceededException")
                .errorMessage(message)
                .build();
    }

    private static PutRecordsResultEntry placed(Random random, ShardInfo shard, PutRecordsOutput out) {
        long offset = offset(random);
        long arrival = arrival(random);
        out.placed(shard, offset, arrival);
        return PutRecordsResultEntry.builder()
                .shardId(shard.id())
                .sequenceNumber(shard.sequenceNumber(offset, arrival))
                .build();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void recordsAndEventsAreThoseOfTheGenericWriter(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < BODIES_A_SEED; i++) {
            ShardInfo shard = shard(random);
            String next = random.nextInt(4) == 0 ? null : text(random);
            long behind = random.nextLong() >>> (1 + random.nextInt(63));
            List<ChildShard> children = random.nextInt(3) == 0 ? children(random) : null;
            for (BodyFormat format : FORMATS) {
                List<Record> records = new ArrayList<>();
                RecordsOutput read = new RecordsOutput(format, shard, random.nextInt(3), 0);
                RecordsOutput event = new RecordsOutput(format, shard, 9, 900);
                for (int k = random.nextInt(6); k > 0; k--) {
                    records.add(record(random, shard, read, event));
                }
                read.endGetRecords(next, behind, children);
                event.endEvent(next, behind, children);
                assertThat(i % 2 == 0 ? read.toBytes() : ByteBufUtil.getBytes(read.toByteBuf()))
                        .isEqualTo(ShapeWriter.write(
                                GetRecordsResponse.builder()
                                        .records(records)
                                        .nextShardIterator(next)
                                        .millisBehindLatest(behind)
                                        .childShards(children)
                                        .build(),
                                format));
                assertThat(event.toBytes())
                        .isEqualTo(ShapeWriter.write(
                                SubscribeToShardEvent.builder()
                                        .records(records)
                                        .continuationSequenceNumber(next)
                                        .millisBehindLatest(behind)
                                        .childShards(children)
                                        .build(),
                                format));
            }
        }
    }

    private static Record record(Random random, ShardInfo shard, RecordsOutput read, RecordsOutput event) {
        boolean encrypted = random.nextBoolean();
        RandomInput input = new RandomInput(random.nextLong());
        long offset = offset(random);
        long arrival = arrival(random);
        String key = input.key();
        byte[] utf8 = ("<" + key + ">").getBytes(StandardCharsets.UTF_8);
        byte[] data = input.bytes(random.nextInt(random.nextInt(50) == 0 ? 70_000 : 300) + 2);
        for (RecordsOutput out : List.of(read, event)) {
            out.begin(offset, arrival);
            out.data(data, 1, data.length - 2);
            out.partitionKey(utf8, 1, utf8.length - 2);
            out.end(encrypted);
        }
        return Record.builder()
                .sequenceNumber(shard.sequenceNumber(offset, arrival))
                .approximateArrivalTimestamp(Instant.ofEpochMilli(arrival))
                .data(SdkBytes.fromByteArray(java.util.Arrays.copyOfRange(data, 1, data.length - 1)))
                .partitionKey(key)
                .encryptionType(encrypted ? "KMS" : null)
                .build();
    }

    private static List<ChildShard> children(Random random) {
        List<ChildShard> children = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            HashKeyRange range = HashKeyRange.evenly(3).get(i);
            children.add(ChildShard.builder()
                    .shardId(ShardInfo.idOf(random.nextInt(100)))
                    .parentShards(ShardInfo.idOf(1), ShardInfo.idOf(2))
                    .hashKeyRange(r -> r.startingHashKey(range.start().toString())
                            .endingHashKey(range.end().toString()))
                    .build());
        }
        return children;
    }

    private static ShardInfo shard(Random random) {
        int index = random.nextInt() >>> (1 + random.nextInt(31));
        return new ShardInfo(
                index, 1, HashKeyRange.evenly(1).get(0), random.nextInt() & 0xFFFF_FFFFL, 0, null, null, null);
    }

    private static long offset(Random random) {
        return random.nextLong() >>> (1 + random.nextInt(63));
    }

    /** Of any length, and mostly of today's. */
    private static long arrival(Random random) {
        long seconds = random.nextInt(2) == 0 ? random.nextInt(2_000_000_000) : random.nextInt(5);
        return seconds * 1000 + random.nextInt(1000);
    }

    private static String text(Random random) {
        return "x/".repeat(random.nextInt(256)) + "=";
    }
}
