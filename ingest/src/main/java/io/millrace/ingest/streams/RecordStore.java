package io.millrace.ingest.streams;

import io.millrace.durable.disk.DiskFullException;
import io.millrace.ingest.log.Appended;
import io.millrace.ingest.log.KeyProvider.UnusableKeyException;
import io.millrace.ingest.log.LogBusyException;
import io.millrace.ingest.log.LogFailedException;
import io.millrace.ingest.log.ReadArrays;
import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.log.StoredRecord;
import io.millrace.protocol.api.ServiceException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records of streams: which shard takes one, and what can be read from where.
 *
 * <p>Thread-safe. A put completes on the log's writer thread.
 */
public final class RecordStore {
    private static final Logger LOG = LoggerFactory.getLogger(RecordStore.class);

    private final Streams streams;
    private final ShardLog log;
    private final InstantSource clock;

    public RecordStore(Streams streams, ShardLog log, InstantSource clock) {
        this.streams = streams;
        this.log = log;
        this.clock = clock;
    }

    /**
     * Appends records in the order given.
     *
     * @return completes when all that were let in are durable, on the log's writer thread
     */
    public CompletableFuture<Placement> put(Stream stream, RecordSource source) {
        ShardMap map = streams.map(stream);
        if (!map.enter()) {
            return map.replaced().thenCompose(done -> put(stream, source));
        }
        ShardBatches batches;
        CompletableFuture<List<Appended>> appending;
        try {
            batches = new ShardBatches(map, source, stream.distribution());
            appending = batches.refusedCount() == source.count()
                    ? CompletableFuture.completedFuture(List.of())
                    : log.append(batches.fill(stream.encryptionKey()));
        } catch (RuntimeException | Error e) {
            map.leave();
            throw e;
        }
        return appending.handle((appended, failure) -> {
            map.leave();
            if (failure != null) {
                throw translated(stream, failure);
            }
            return new Placement(batches, appended);
        });
    }

    private static RuntimeException translated(Stream stream, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof LogBusyException) {
            return StreamErrors.throttled(stream.key());
        }
        if (cause instanceof DiskFullException full) {
            return StreamErrors.unavailable(full.getMessage());
        }
        if (cause instanceof LogFailedException failed) {
            return StreamErrors.unavailable(failed.getMessage());
        }
        if (cause instanceof UnusableKeyException unusable) {
            LOG.error("stream {}: records cannot be encrypted", stream.name(), unusable);
            return StreamErrors.keyUnusable(unusable);
        }
        return new CompletionException(
                String.format(Locale.ROOT, "stream %s: the log refused the records", stream.name()), cause);
    }

    /**
     * What a read found.
     *
     * @param bytes of their data and keys
     * @param nextOffset where the next read goes on
     * @param millisBehindLatest how old the newest record read is, 0 when the end of the shard was reached
     */
    public record Batch(List<StoredRecord> records, long bytes, long nextOffset, long millisBehindLatest) {}

    /**
     * Reads from a shard; may block on the disk.
     *
     * @param arrays where records from disk go, for as long as the batch is needed
     */
    public Batch read(ShardInfo shard, long fromOffset, int maxRecords, long maxBytes, ReadArrays arrays)
            throws IOException {
        List<StoredRecord> records = stored(shard, fromOffset, maxRecords, maxBytes, arrays);
        if (records.isEmpty()) {
            return new Batch(records, 0, Math.max(fromOffset, log.firstOffset(shard.logNumber())), 0);
        }
        StoredRecord last = records.get(records.size() - 1);
        long behind = last.offset() + 1 < log.endOffset(shard.logNumber())
                ? Math.max(0, clock.millis() - last.arrivalEpochMillis())
                : 0;
        long bytes = 0;
        for (StoredRecord record : records) {
            bytes += record.keyLength() + record.dataLength();
        }
        return new Batch(records, bytes, last.offset() + 1, behind);
    }

    private List<StoredRecord> stored(
            ShardInfo shard, long fromOffset, int maxRecords, long maxBytes, ReadArrays arrays) throws IOException {
        try {
            return log.read(shard.logNumber(), fromOffset, maxRecords, maxBytes, arrays);
        } catch (UnusableKeyException e) {
            LOG.error("shard {}: records cannot be decrypted", shard.id(), e);
            throw StreamErrors.keyUnusable(e);
        }
    }

    /**
     * Returns a future that completes, on the log's writer thread, once there is a record at an offset; and on any
     * thread when the shard was closed, or exceptionally when its stream was deleted.
     */
    public CompletableFuture<Void> available(ShardInfo shard, long offset) {
        return log.available(shard.logNumber(), offset);
    }

    /** Returns the offset from which a position reads; may block on the disk. */
    public long resolve(Stream stream, ShardInfo shard, StartPosition position) throws IOException {
        return switch (position.type()) {
            case TRIM_HORIZON -> log.firstOffset(shard.logNumber());
            case LATEST -> log.endOffset(shard.logNumber());
            case AT_TIMESTAMP -> log.offsetAtTime(shard.logNumber(), position.requireTimestamp());
            case AT_SEQUENCE_NUMBER -> Math.max(0, placeOf(stream, shard, position) - 1);
            case AFTER_SEQUENCE_NUMBER -> placeAfter(stream, shard, position);
        };
    }

    /** Behind the number at which a closed shard ends nothing will ever be. */
    private static long placeAfter(Stream stream, ShardInfo shard, StartPosition position) {
        long place = placeOf(stream, shard, position);
        ShardInfo.Closing closing = shard.closing();
        if (closing != null && place > closing.endOffset()) {
            throw StreamErrors.invalidArgument("Invalid SequenceNumber for ShardIteratorType AFTER_SEQUENCE_NUMBER,"
                    + " SequenceNumber has reached max possible value for the shard");
        }
        return place;
    }

    private static long placeOf(Stream stream, ShardInfo shard, StartPosition position) {
        String text = position.requireSequenceNumber();
        String account = stream.key().namespace().account();
        SequenceNumber number;
        try {
            number = SequenceNumber.parse(text);
        } catch (IllegalArgumentException e) {
            int named = SequenceNumber.shardOfFirstLayout(text).orElse(shard.index());
            if (named != shard.index()) {
                throw ofOtherShard(named, shard);
            }
            throw StreamErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "StartingSequenceNumber %s used in GetShardIterator on shard %s in stream %s under account %s is invalid.",
                    text,
                    shard.id(),
                    stream.name(),
                    account));
        }
        if (number.shardIndex() != shard.index()) {
            throw ofOtherShard(number.shardIndex(), shard);
        }
        if (number.shardCreatedSecond() != shard.createdSecond()) {
            throw StreamErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "StartingSequenceNumber %s used in GetShardIterator on shard %s in stream %s under account %s is invalid because it did not come from this stream.",
                    text,
                    shard.id(),
                    stream.name(),
                    account));
        }
        return number.position();
    }

    private static ServiceException ofOtherShard(int named, ShardInfo shard) {
        return StreamErrors.invalidArgument(String.format(
                Locale.ROOT,
                "Invalid StartingSequenceNumber. It encodes %s, while it was used in a call to a shard with %s",
                ShardInfo.idOf(named),
                shard.id()));
    }
}
