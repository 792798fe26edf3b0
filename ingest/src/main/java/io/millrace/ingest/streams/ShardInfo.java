package io.millrace.ingest.streams;

import org.jspecify.annotations.Nullable;

/**
 * One shard of a stream, open or closed.
 *
 * @param index counts the shards of a stream from 0 in the order of their creation
 * @param logNumber the shard's number in the shard log; never used twice on a node
 * @param createdSecond epoch; larger in a child than in its parents
 * @param parentIndex the shard this one came from by a split or merge
 * @param adjacentParentIndex the other parent of a merge
 * @param closedAtOffset the end of a closed shard; absent while it is open
 */
public record ShardInfo(
        int index,
        long logNumber,
        HashKeyRange range,
        long createdSecond,
        @Nullable Integer parentIndex,
        @Nullable Integer adjacentParentIndex,
        @Nullable Long closedAtOffset) {

    public String id() {
        return idOf(index);
    }

    public static String idOf(int index) {
        return "shardId-%012d".formatted(index);
    }

    public boolean isOpen() {
        return closedAtOffset == null;
    }

    public String sequenceNumber(long offset, long arrivalEpochMillis) {
        return new SequenceNumber(createdSecond, index, offset, arrivalEpochMillis / 1000).toString();
    }

    /** Returns the sequence number at which the shard begins. */
    public String startingSequenceNumber() {
        return sequenceNumber(0, createdSecond * 1000);
    }
}
