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

    public ShardInfo shard(int record) {
        return batches.shard(batches.batchOf(record));
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
