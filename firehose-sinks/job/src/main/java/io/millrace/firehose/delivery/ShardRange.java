package io.millrace.firehose.delivery;

/**
 * The records of one shard that are delivered together.
 *
 * @param after the position of the record delivered before them, or {@link Positions#NONE}
 * @param first the position of the first of them
 * @param last the position of the last of them
 */
public record ShardRange(String shardId, String after, String first, String last) {
    public ShardRange {
        if (Positions.compare(after, first) >= 0 || Positions.compare(first, last) > 0) {
            throw new IllegalArgumentException("range of " + shardId + ": after " + after + ", from " + first + " to "
                    + last + " (expected: growing positions)");
        }
    }
}
