package io.millrace.analytics.connector.source;

/** A split while it is being read. Confined to the task's thread. */
final class ShardSplitState {
    private final String shardId;
    private StartFrom position;

    ShardSplitState(ShardSplit split) {
        this.shardId = split.shardId();
        this.position = split.position();
    }

    void emitted(String sequenceNumber) {
        position = StartFrom.after(sequenceNumber);
    }

    ShardSplit toSplit() {
        return new ShardSplit(shardId, position);
    }
}
