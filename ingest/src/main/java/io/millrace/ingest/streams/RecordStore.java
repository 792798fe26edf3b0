package io.millrace.ingest.streams;

import io.millrace.ingest.log.Appended;
import io.millrace.ingest.log.LogBusyException;
import io.millrace.ingest.log.NewRecord;
import io.millrace.ingest.log.ShardBatch;
import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.log.StoredRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The records of streams: which shard takes one, and what can be read from where.
 *
 * <p>Thread-safe. A put completes on the log's writer thread.
 */
public final class RecordStore {
    private final ShardLog log;
    private final InstantSource clock;

    public RecordStore(ShardLog log, InstantSource clock) {
        this.log = log;
        this.clock = clock;
    }

    /** A record on its way in. The arrays are not copied. */
    public record Put(String partitionKey, @Nullable HashKey explicitHashKey, byte[] data) {}

    /** Where a record went. */
    public record Placed(String shardId, String sequenceNumber) {}

    /** Appends records in the order given; the future holds one result for each and completes when all are durable. */
    public CompletableFuture<List<Placed>> put(Stream stream, List<Put> puts) {
        Map<ShardInfo, List<NewRecord>> byShard = new LinkedHashMap<>();
        List<ShardInfo> owners = new ArrayList<>(puts.size());
        for (Put put : puts) {
            byte[] key = put.partitionKey().getBytes(StandardCharsets.UTF_8);
            HashKey explicit = put.explicitHashKey();
            ShardInfo owner = stream.shardFor(explicit != null ? explicit : HashKey.ofPartitionKey(key));
            owners.add(owner);
            byShard.computeIfAbsent(owner, shard -> new ArrayList<>()).add(new NewRecord(key, put.data()));
        }
        List<ShardBatch> batches = new ArrayList<>(byShard.size());
        byShard.forEach((shard, records) -> batches.add(new ShardBatch(shard.logNumber(), records)));
        return log.append(batches).handle((appended, failure) -> {
            if (failure != null) {
                throw translated(stream, failure);
            }
            return placed(owners, List.copyOf(byShard.keySet()), appended);
        });
    }

    private static RuntimeException translated(Stream stream, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof LogBusyException
                ? StreamErrors.throttled(stream.key())
                : new CompletionException("stream %s: the log refused the records".formatted(stream.name()), cause);
    }

    private static List<Placed> placed(List<ShardInfo> owners, List<ShardInfo> order, List<Appended> appended) {
        Map<ShardInfo, Long> nextOffset = new LinkedHashMap<>();
        Map<ShardInfo, Long> arrival = new LinkedHashMap<>();
        for (int i = 0; i < order.size(); i++) {
            nextOffset.put(order.get(i), appended.get(i).firstOffset());
            arrival.put(order.get(i), appended.get(i).arrivalEpochMillis());
        }
        List<Placed> results = new ArrayList<>(owners.size());
        for (ShardInfo shard : owners) {
            long offset = nextOffset.merge(shard, 1L, Long::sum) - 1;
            results.add(new Placed(shard.id(), shard.sequenceNumber(offset, arrival.getOrDefault(shard, 0L))));
        }
        return results;
    }

    /**
     * What a read found.
     *
     * @param nextOffset where the next read goes on
     * @param millisBehindLatest how old the newest record read is, 0 when the end of the shard was reached
     */
    public record Batch(List<StoredRecord> records, long nextOffset, long millisBehindLatest) {}

    /** Reads from a shard; may block on the disk. */
    public Batch read(ShardInfo shard, long fromOffset, int maxRecords, long maxBytes) throws IOException {
        List<StoredRecord> records = log.read(shard.logNumber(), fromOffset, maxRecords, maxBytes);
        if (records.isEmpty()) {
            return new Batch(records, Math.max(fromOffset, log.firstOffset(shard.logNumber())), 0);
        }
        StoredRecord last = records.get(records.size() - 1);
        long behind = last.offset() + 1 < log.endOffset(shard.logNumber())
                ? Math.max(0, clock.millis() - last.arrivalEpochMillis())
                : 0;
        return new Batch(records, last.offset() + 1, behind);
    }

    /** Returns a future that completes, on the log's writer thread, once there is a record at an offset. */
    public CompletableFuture<Void> available(ShardInfo shard, long offset) {
        return log.available(shard.logNumber(), offset);
    }

    /** Returns the offset from which a position reads; may block on the disk. */
    public long resolve(Stream stream, ShardInfo shard, StartPosition position) throws IOException {
        return switch (position.type()) {
            case TRIM_HORIZON -> log.firstOffset(shard.logNumber());
            case LATEST -> log.endOffset(shard.logNumber());
            case AT_TIMESTAMP -> log.offsetAtTime(shard.logNumber(), position.requireTimestamp());
            case AT_SEQUENCE_NUMBER -> offsetOf(stream, shard, position);
            case AFTER_SEQUENCE_NUMBER -> offsetOf(stream, shard, position) + 1;
        };
    }

    private static long offsetOf(Stream stream, ShardInfo shard, StartPosition position) {
        String text = position.requireSequenceNumber();
        try {
            SequenceNumber number = SequenceNumber.parse(text);
            if (number.shardIndex() == shard.index() && number.shardCreatedSecond() == shard.createdSecond()) {
                return number.offset();
            }
        } catch (IllegalArgumentException e) {
            throw StreamErrors.invalidArgument(
                    "StartingSequenceNumber %s used in GetShardIterator on shard %s in stream %s under account %s is invalid."
                            .formatted(
                                    text,
                                    shard.id(),
                                    stream.name(),
                                    stream.key().namespace().account()));
        }
        throw StreamErrors.invalidArgument(
                "Invalid StartingSequenceNumber. It encodes a shard that is not %s in stream %s under account %s."
                        .formatted(
                                shard.id(),
                                stream.name(),
                                stream.key().namespace().account()));
    }
}
