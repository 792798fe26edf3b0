package io.millrace.analytics.connector.source;

import org.apache.flink.api.connector.source.SourceSplit;

/**
 * A shard and how far it was read.
 *
 * @param ended whether it was read to its end; such a split only brings that news to the enumerator again
 */
public record ShardSplit(String shardId, StartFrom position, boolean ended) implements SourceSplit {

    public ShardSplit(String shardId, StartFrom position) {
        this(shardId, position, false);
    }

    ShardSplit asEnded() {
        return new ShardSplit(shardId, position, true);
    }

    @Override
    public String splitId() {
        return shardId;
    }
}
