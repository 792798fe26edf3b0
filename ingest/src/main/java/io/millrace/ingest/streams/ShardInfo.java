package io.millrace.ingest.streams;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One shard of a stream, open or closed. Immutable.
 *
 * @param index counts the shards of a stream from 0 in the order of their creation
 * @param logNumber the shard's number in the shard log; never used twice on a node
 * @param createdSecond epoch, as sequence numbers have it: larger in a child than in its parents, which may put it a
 *     little ahead of the clock
 * @param openedEpochMillis when it began to take records
 * @param parentIndex the shard this one came from by a split or merge
 * @param adjacentParentIndex the other parent of a merge
 * @param closing how it was closed; absent while it is open
 */
public record ShardInfo(
        int index,
        long logNumber,
        HashKeyRange range,
        long createdSecond,
        long openedEpochMillis,
        @Nullable Integer parentIndex,
        @Nullable Integer adjacentParentIndex,
        @Nullable Closing closing) {
    private static final String ID_PREFIX = "shardId-";
    private static final int ID_LENGTH = ID_PREFIX.length() + 12;

    /**
     * The end of a closed shard.
     *
     * @param endOffset behind its last record
     */
    public record Closing(long endOffset, long epochMillis) {}

    public String id() {
        return idOf(index);
    }

    public static String idOf(int index) {
        return ID_PREFIX + String.format(Locale.ROOT, "%012d", index);
    }

    /** Returns the index in an id; -1 if the text is none. */
    public static int indexOf(String id) {
        if (id.length() != ID_LENGTH || !id.startsWith(ID_PREFIX)) {
            return -1;
        }
        try {
            return Integer.parseInt(id.substring(ID_PREFIX.length()));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    public boolean isOpen() {
        return closing == null;
    }

    /** Tells whether a reader that goes on at an offset has come to the end of a closed shard. */
    public boolean endsAt(long offset) {
        return closing != null && offset >= closing.endOffset();
    }

    boolean isChildOf(ShardInfo other) {
        return (parentIndex != null && parentIndex == other.index)
                || (adjacentParentIndex != null && adjacentParentIndex == other.index);
    }

    ShardInfo closed(long endOffset, long epochMillis) {
        return new ShardInfo(
                index,
                logNumber,
                range,
                createdSecond,
                openedEpochMillis,
                parentIndex,
                adjacentParentIndex,
                new Closing(endOffset, epochMillis));
    }

    /** Returns the sequence number of a record. */
    public SequenceNumber numberOf(long offset, long arrivalEpochMillis) {
        return new SequenceNumber(createdSecond, index, offset + 1, arrivalEpochMillis / 1000);
    }

    /** As {@link #numberOf}, in digits. */
    public String sequenceNumber(long offset, long arrivalEpochMillis) {
        return numberOf(offset, arrivalEpochMillis).toString();
    }

    /** Returns the sequence number after which a reader goes on that has come to an offset. */
    public String sequenceNumberBefore(long offset, long arrivalEpochMillis) {
        return numberOf(offset - 1, arrivalEpochMillis).toString();
    }

    /** Returns the sequence number at which the shard begins, which is before that of its first record. */
    public String startingSequenceNumber() {
        return sequenceNumberBefore(0, createdSecond * 1000);
    }
}
