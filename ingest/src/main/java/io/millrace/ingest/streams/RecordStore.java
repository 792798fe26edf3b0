package io.millrace.ingest.streams;

import io.millrace.ingest.log.LogBusyException;
import io.millrace.ingest.log.LogFullException;
import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.log.StoredRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The records of streams: which shard takes one, and what can be read from where.
 *
 * <p>Thread-safe. A put completes on the log's writer thread.
 */
public final class RecordStore {
    private final ShardLog log;
    private final InstantSource clock;
    private final Map<StreamKey, ShardMap> maps = new ConcurrentHashMap<>();

    public RecordStore(ShardLog log, InstantSource clock) {
        this.log = log;
        this.clock = clock;
    }

    /** A record on its way in. */
    public record Put(String partitionKey, @Nullable HashKey explicitHashKey, byte[] data) {}

    /** Where a record went. */
    public record Placed(String shardId, String sequenceNumber) {}

    /** Appends records in the order given; the future completes when all are durable, on the log's writer thread. */
    public CompletableFuture<Placement> put(Stream stream, RecordSource source) {
        ShardBatches batches = new ShardBatches(mapOf(stream), source);
        return log.append(batches.fill(null)).handle((appended, failure) -> {
            if (failure != null) {
                throw translated(stream, failure);
            }
            return new Placement(batches, appended);
        });
    }

    /** As the other, for records at hand as objects. */
    public CompletableFuture<List<Placed>> put(Stream stream, List<Put> puts) {
        return put(stream, new ListSource(puts)).thenApply(placement -> {
            List<Placed> placed = new ArrayList<>(puts.size());
            for (int i = 0; i < puts.size(); i++) {
                placed.add(new Placed(placement.shard(i).id(), placement.sequenceNumber(i)));
            }
            return placed;
        });
    }

    private ShardMap mapOf(Stream stream) {
        ShardMap known = maps.get(stream.key());
        if (known == null || !known.isOf(stream)) {
            known = new ShardMap(stream.shards());
            maps.put(stream.key(), known);
        }
        return known;
    }

    private record ListSource(List<Put> puts, List<byte[]> keys) implements RecordSource {
        ListSource(List<Put> puts) {
            this(
                    puts,
                    puts.stream()
                            .map(put -> put.partitionKey().getBytes(StandardCharsets.UTF_8))
                            .toList());
        }

        @Override
        public int count() {
            return puts.size();
        }

        @Override
        public byte[] keyArray(int record) {
            return keys.get(record);
        }

        @Override
        public int keyOffset(int record) {
            return 0;
        }

        @Override
        public int keyLength(int record) {
            return keys.get(record).length;
        }

        @Override
        public @Nullable HashKey explicitHashKey(int record) {
            return puts.get(record).explicitHashKey();
        }

        @Override
        public int dataLength(int record) {
            return puts.get(record).data().length;
        }

        @Override
        public void copyData(int record, byte[] target, int at) {
            byte[] data = puts.get(record).data();
            System.arraycopy(data, 0, target, at, data.length);
        }
    }

    private static RuntimeException translated(Stream stream, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof LogBusyException) {
            return StreamErrors.throttled(stream.key());
        }
        if (cause instanceof LogFullException full) {
            return StreamErrors.unavailable(full.getMessage());
        }
        return new CompletionException("stream %s: the log refused the records".formatted(stream.name()), cause);
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
