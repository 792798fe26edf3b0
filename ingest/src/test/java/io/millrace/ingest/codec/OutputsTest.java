package io.millrace.ingest.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.log.StoredRecord;
import io.millrace.ingest.streams.HashKeyRange;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.ShapeWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
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
                List<StoredRecord> stored = new ArrayList<>();
                for (int k = random.nextInt(6); k > 0; k--) {
                    stored.add(record(random, shard, records));
                }
                RecordsOutput read = new RecordsOutput(format, shard);
                RecordsOutput event = new RecordsOutput(format, shard);
                int empty = read.untaken();
                event.reserve(random.nextInt(900));
                stored.forEach(read::record);
                assertThat(read.untaken() - empty).isEqualTo(read.lengthOf(stored));
                stored.forEach(event::record);
                read.endGetRecords(next, behind, children);
                event.endEvent(next, behind, children);
                assertThat(read.toBytes())
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

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatIsTakenPieceByPieceIsTheWhole(long seed) {
        Random random = new Random(seed);
        for (BodyFormat format : FORMATS) {
            ShardInfo shard = shard(random);
            RecordsOutput whole = new RecordsOutput(format, shard);
            RecordsOutput inPieces = new RecordsOutput(format, shard);
            ByteBuf pieces = Unpooled.buffer();
            for (int k = 100; k > 0; k--) {
                StoredRecord record = record(random, shard, new ArrayList<>());
                whole.record(record);
                inPieces.record(record);
                take(inPieces, random.nextInt(2_000), pieces);
            }
            whole.endGetRecords("next", 1, null);
            inPieces.endGetRecords("next", 1, null);
            while (inPieces.untaken() > 0) {
                take(inPieces, 1 + random.nextInt(2_000), pieces);
            }
            assertThat(ByteBufUtil.getBytes(pieces)).isEqualTo(whole.toBytes());
        }
    }

    private static void take(RecordsOutput output, int most, ByteBuf target) {
        int expected = Math.min(most, output.untaken());
        ByteBuf piece = output.take(UnpooledByteBufAllocator.DEFAULT, most);
        assertThat(piece.readableBytes()).isEqualTo(expected);
        target.writeBytes(piece);
        piece.release();
    }

    /** Returns a record, and adds it in the shape of the API. */
    private static StoredRecord record(Random random, ShardInfo shard, List<Record> shapes) {
        boolean encrypted = random.nextBoolean();
        RandomInput input = new RandomInput(random.nextLong());
        long offset = offset(random);
        long arrival = arrival(random);
        String key = input.key();
        byte[] utf8 = key.getBytes(StandardCharsets.UTF_8);
        byte[] data = input.bytes(random.nextInt(random.nextInt(50) == 0 ? 70_000 : 300));
        ByteBuf buffer =
                Unpooled.buffer().writeByte('<').writeBytes(data).writeByte('>').writeBytes(utf8);
        shapes.add(Record.builder()
                .sequenceNumber(shard.sequenceNumber(offset, arrival))
                .approximateArrivalTimestamp(Instant.ofEpochMilli(arrival))
                .data(SdkBytes.fromByteArray(data))
                .partitionKey(key)
                .encryptionType(encrypted ? "KMS" : null)
                .build());
        return new StoredRecord(
                offset, arrival, encrypted, buffer.array(), data.length + 2, utf8.length, 1, data.length);
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
