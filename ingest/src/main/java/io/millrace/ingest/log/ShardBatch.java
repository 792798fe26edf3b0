package io.millrace.ingest.log;

import java.util.List;

/**
 * Records that go to one shard, in order and under one arrival time.
 *
 * @param records at least one
 */
public record ShardBatch(long shard, List<NewRecord> records) {
    public ShardBatch {
        if (records.isEmpty()) {
            throw new IllegalArgumentException("records: 0 (expected: at least 1)");
        }
    }
}
