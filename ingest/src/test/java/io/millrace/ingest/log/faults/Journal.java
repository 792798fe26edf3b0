package io.millrace.ingest.log.faults;

/**
 * What happens to a log under test, in the order in which it happens. Thread-safe.
 *
 * <p>A record is known by its id (see {@link Payload}); the records of a batch have consecutive ids.
 */
interface Journal {
    /** The reason of a refusal that is no failure. */
    String BUSY = "busy";

    /** A batch is about to be appended to a shard. Told before the append begins. */
    void sent(long shard, long firstId, int[] lengthsInBytes);

    /** A batch was acknowledged. */
    void acked(long shard, long firstId, int count, long firstOffset, long arrivalEpochMillis);

    /** A batch was not acknowledged: the log said that it is {@link #BUSY}, or why it failed. */
    void refused(long shard, long firstId, String why);

    /** Records before this time may be gone from now on. */
    void trimmed(long shard, long beforeEpochMillis);

    /** All shards are about to be read from their first offset to their end, while nothing is appended. */
    void readingBegins();

    /** A record was read, and its bytes are those that belong to its id. */
    void read(long shard, long offset, long arrivalEpochMillis, long id, int lengthInBytes);

    /** A record was read whose bytes nobody sent. */
    void damaged(long shard, long offset, String how);

    /** The log said that it cannot read this record, and from which offset on there may be others. */
    void unreadable(long shard, long offset, long resumeOffset, String why);

    /** A shard was read up to its end. */
    void shardEnds(long shard, long firstOffset, long endOffset);

    /** Every shard was read. */
    void readingEnds();
}
