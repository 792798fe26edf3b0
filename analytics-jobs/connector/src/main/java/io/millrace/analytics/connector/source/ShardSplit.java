package io.millrace.analytics.connector.source;

import org.apache.flink.api.connector.source.SourceSplit;

/** A shard and how far it was read. */
public record ShardSplit(String shardId, StartFrom position) implements SourceSplit {
    @Override
    public String splitId() {
        return shardId;
    }
}
