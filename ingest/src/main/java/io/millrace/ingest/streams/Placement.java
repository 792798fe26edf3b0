package io.millrace.ingest.streams;

import io.millrace.ingest.log.Appended;
import java.util.List;

/** Where the records of a put went, by the order in which they were given. Immutable. */
public final class Placement {
    private final ShardBatches batches;
    private final List<Appended> appended;

    Placement(ShardBatches batches, List<Appended> appended) {
        this.batches = batches;
        this.appended = appended;
    }

    public int count() {
        return batches.recordCount();
    }

    /** Returns the bytes of keys and data that were not refused. */
    public long bytes() {
        return batches.bytes();
    }

    /** Returns how many records were refused, since their shards had no throughput left. */
    public int refusedCount() {
        return batches.refusedCount();
    }

    /** Tells whether a record was refused. Then it has a shard and no more. */
    public boolean isRefused(int record) {
        return batches.isRefused(record);
    }

    public ShardInfo shard(int record) {
        return batches.shardOf(record);
    }

    public long offset(int record) {
        return appended.get(batches.batchOf(record)).firstOffset() + batches.placeInBatch(record);
    }

    public long arrivalEpochMillis(int record) {
        return appended.get(batches.batchOf(record)).arrivalEpochMillis();
    }

    public String sequenceNumber(int record) {
        return shard(record).sequenceNumber(offset(record), arrivalEpochMillis(record));
    }
}
