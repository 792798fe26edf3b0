package io.millrace.ingest.log;

import io.millrace.durable.disk.DiskFullException;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The records of all shards of a node, each shard an ordered sequence with growing offsets from 0. Offsets are
 * consecutive but where damage took records.
 *
 * <p>Promises: an append whose future has completed is as durable as the {@link Durability} says; the records of one
 * shard are read in the order of their offsets, each exactly once and with the bytes that were appended; arrival times
 * never decrease within a shard; a reader sees no record before it is durable; damaged records are reported, never
 * served and never passed over in silence.
 *
 * <p>A shard exists from its first append on and needs no creation; its number is never used again. Thread-safe.
 */
public interface ShardLog extends Closeable {

    /**
     * Appends to one or more shards, taking the batches over. Does not block, but for the first batch under a new key.
     *
     * @return one result for each batch, in the order given. Fails with {@link LogBusyException} when too much is under
     *     way already, with {@link DiskFullException} when the disk is nearly full and with another {@link IOException}
     *     when the disk failed; nothing of it was acknowledged then
     */
    CompletableFuture<List<Appended>> append(List<ShardBatch> batches);

    /**
     * Reads records from an offset on, fewer than asked for when {@code maxBytes} of data and keys are reached or the
     * durable end is. Returns at least one record if there is one. May read from disk.
     *
     * @param fromOffset an offset below the first kept one reads from the first kept one
     * @throws CorruptLogException if the first record to be read is damaged
     */
    default List<StoredRecord> read(long shard, long fromOffset, int maxRecords, long maxBytes) throws IOException {
        return read(shard, fromOffset, maxRecords, maxBytes, ReadArrays.NEW);
    }

    /** As the other, for a caller who uses arrays again: the records are valid until it does. */
    List<StoredRecord> read(long shard, long fromOffset, int maxRecords, long maxBytes, ReadArrays arrays)
            throws IOException;

    /** Returns the offset that the next durable record will have. */
    long endOffset(long shard);

    /**
     * Returns the offset behind the newest record that is kept, 0 when none is. It is the end offset but where offsets
     * were left out after damage.
     */
    long keptEndOffset(long shard);

    /** Returns the offset of the oldest record that is kept; the end offset when none is. */
    long firstOffset(long shard);

    /** Returns the offset of the first kept record that arrived at or after a time, the end offset when none did. */
    long offsetAtTime(long shard, long epochMillis) throws IOException;

    /**
     * Returns a future that completes once the record with this offset is durable, or {@link #wake} was called. It
     * completes on the log's writer thread: what follows has to be quick or move elsewhere. Cancelling the future
     * forgets it; a shard that is removed cancels its futures.
     */
    CompletableFuture<Void> available(long shard, long offset);

    /** Lets those who wait for records of a shard look again, since none may come any more. */
    void wake(long shard);

    /** Forgets the records of a shard that arrived before a time. */
    void trim(long shard, long beforeEpochMillis) throws IOException;

    /** Returns the numbers of all shards that the log holds something of. */
    Set<Long> shards();

    /** Removes every shard that is not in the set, with its records. */
    void retainOnly(Set<Long> shards) throws IOException;

    /** Encrypts what is appended from now on under new data keys, wrapped by the newest master keys. */
    void rotateKeys() throws IOException;

    /** Tells why nothing can be appended at the moment or any more; empty while all is well. */
    String failure();

    /** Tells why nothing can be appended until the log is opened again; empty while that is not so. Never waits. */
    String death();

    LogStats stats();
}
