package io.millrace.ingest.codec;

import io.millrace.ingest.log.StoredRecord;
import io.millrace.ingest.streams.HashKeyRange;
import io.millrace.ingest.streams.SequenceNumber;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.MalformedBodyException;
import io.millrace.protocol.shape.ShapeReader;
import io.millrace.protocol.shape.ShapeWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.EncryptionType;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;
import software.amazon.awssdk.services.kinesis.model.Record;

/**
 * The hot codecs beside the generic ones, with records of 1 KiB. After {@code test-compile}, run with the test classpath:
 * {@code java -cp ... org.openjdk.jmh.Main CodecBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class CodecBenchmark {
    private static final int DATA_BYTES = 1024;
    private static final String NEXT = "A".repeat(200);

    @Param({"1", "100", "500"})
    public int records;

    @Param({"JSON_1_1", "CBOR"})
    public BodyFormat format;

    private final ShardInfo shard =
            new ShardInfo(3, 1, HashKeyRange.evenly(1).get(0), 1_700_000_000L, 0, null, null, null);
    private final long arrival = 1_760_000_000_123L;
    private final byte[] target = new byte[500 * DATA_BYTES];
    private final List<byte[]> keys = new ArrayList<>();
    private final List<byte[]> data = new ArrayList<>();
    private final List<StoredRecord> stored = new ArrayList<>();
    private byte[] body;

    @Setup
    public void request() {
        Random random = new Random(1);
        for (int i = 0; i < records; i++) {
            byte[] bytes = new byte[DATA_BYTES];
            random.nextBytes(bytes);
            data.add(bytes);
            keys.add("partition-key-%d".formatted(i).getBytes(StandardCharsets.UTF_8));
            stored.add(StoredRecord.of(i, arrival, keys.get(i), bytes));
        }
        List<PutRecordsRequestEntry> entries = new ArrayList<>();
        for (int i = 0; i < records; i++) {
            entries.add(PutRecordsRequestEntry.builder()
                    .partitionKey(new String(keys.get(i), StandardCharsets.UTF_8))
                    .data(SdkBytes.fromByteArrayUnsafe(data.get(i)))
                    .build());
        }
        body = ShapeWriter.write(
                PutRecordsRequest.builder()
                        .streamName("orders")
                        .records(entries)
                        .build(),
                format);
    }

    /** Decodes and copies the data to one place, as a log's buffer takes it. */
    @Benchmark
    public int decodeHot() {
        PutRecordsBody decoded = PutRecordsBody.decode(body, format);
        int at = 0;
        for (int i = 0; i < decoded.records().count(); i++) {
            decoded.records().copyData(i, target, at);
            at += decoded.records().dataLength(i);
        }
        return at;
    }

    @Benchmark
    public int decodeGeneric() throws MalformedBodyException {
        PutRecordsRequest decoded = ShapeReader.read(body, format, PutRecordsRequest::builder, PutRecordsRequest.class);
        int at = 0;
        for (PutRecordsRequestEntry entry : decoded.records()) {
            byte[] bytes = entry.data().asByteArrayUnsafe();
            System.arraycopy(bytes, 0, target, at, bytes.length);
            at += bytes.length;
        }
        return at;
    }

    @Benchmark
    public byte[] placedHot() {
        PutRecordsOutput out = new PutRecordsOutput(format, records, 0);
        for (int i = 0; i < records; i++) {
            out.placed(shard, i, arrival);
        }
        return out.toBytes("NONE");
    }

    @Benchmark
    public byte[] placedGeneric() {
        List<PutRecordsResultEntry> entries = new ArrayList<>(records);
        for (int i = 0; i < records; i++) {
            entries.add(PutRecordsResultEntry.builder()
                    .shardId(shard.id())
                    .sequenceNumber(shard.sequenceNumber(i, arrival))
                    .build());
        }
        return ShapeWriter.write(
                PutRecordsResponse.builder()
                        .failedRecordCount(0)
                        .records(entries)
                        .encryptionType(EncryptionType.NONE)
                        .build(),
                format);
    }

    @Benchmark
    public byte[] readHot() {
        RecordsOutput out = new RecordsOutput(format, shard);
        out.reserve(NEXT.length() + 100 + (int) out.lengthOf(stored));
        stored.forEach(out::record);
        out.endGetRecords(NEXT, 0, null);
        return out.toBytes();
    }

    @Benchmark
    public byte[] readGeneric() {
        List<Record> read = new ArrayList<>(records);
        for (int i = 0; i < records; i++) {
            read.add(Record.builder()
                    .sequenceNumber(shard.sequenceNumber(i, arrival))
                    .approximateArrivalTimestamp(Instant.ofEpochMilli(arrival))
                    .partitionKey(new String(keys.get(i), StandardCharsets.UTF_8))
                    .data(SdkBytes.fromByteArrayUnsafe(data.get(i)))
                    .build());
        }
        return ShapeWriter.write(
                GetRecordsResponse.builder()
                        .records(read)
                        .nextShardIterator(NEXT)
                        .millisBehindLatest(0L)
                        .build(),
                format);
    }

    /** Not per request: one number, by way of {@code records} the same each time. */
    @Benchmark
    public int sequenceNumber() {
        return new SequenceNumber(1_700_000_000L, 3, records, 1_760_000_000L).writeDecimal(target, 0);
    }
}
