package io.millrace.ingest.api;

import io.millrace.ingest.codec.RecordsOutput;
import io.millrace.ingest.log.StoredRecord;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.StartPosition;
import io.millrace.protocol.shape.BodyFormat;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.Shard;

/** Shards, records and positions in the shapes of the API. */
final class ShardShapes {
    private ShardShapes() {}

    static Shard shard(ShardInfo shard) {
        Long closedAt = shard.closedAtOffset();
        return Shard.builder()
                .shardId(shard.id())
                .parentShardId(idOf(shard.parentIndex()))
                .adjacentParentShardId(idOf(shard.adjacentParentIndex()))
                .hashKeyRange(
                        range -> range.startingHashKey(shard.range().start().toString())
                                .endingHashKey(shard.range().end().toString()))
                .sequenceNumberRange(range -> range.startingSequenceNumber(shard.startingSequenceNumber())
                        .endingSequenceNumber(
                                closedAt == null ? null : shard.sequenceNumber(closedAt, shard.createdSecond() * 1000)))
                .build();
    }

    private static @Nullable String idOf(@Nullable Integer index) {
        return index == null ? null : ShardInfo.idOf(index);
    }

    static List<Record> records(ShardInfo shard, List<StoredRecord> records) {
        return records.stream()
                .map(record -> Record.builder()
                        .sequenceNumber(shard.sequenceNumber(record.offset(), record.arrivalEpochMillis()))
                        .approximateArrivalTimestamp(Instant.ofEpochMilli(record.arrivalEpochMillis()))
                        .partitionKey(new String(record.key(), StandardCharsets.UTF_8))
                        .data(SdkBytes.fromByteArrayUnsafe(record.data()))
                        .build())
                .toList();
    }

    /** Writes records; the caller ends the output. */
    static RecordsOutput output(BodyFormat format, ShardInfo shard, List<StoredRecord> records) {
        int bytes = 0;
        for (StoredRecord record : records) {
            bytes += record.keyLength() + record.dataLength();
        }
        RecordsOutput output = new RecordsOutput(format, shard, records.size(), bytes, null);
        for (StoredRecord record : records) {
            output.begin(record.offset(), record.arrivalEpochMillis());
            output.data(record.buffer(), record.dataAt(), record.dataLength());
            output.partitionKey(record.buffer(), record.keyAt(), record.keyLength());
        }
        return output;
    }

    static StartPosition position(String type, @Nullable String sequenceNumber, @Nullable Instant timestamp) {
        return new StartPosition(
                StartPosition.Type.valueOf(type), sequenceNumber, timestamp == null ? null : timestamp.toEpochMilli());
    }
}
