package io.millrace.firehose.ledger;

import io.millrace.firehose.delivery.ShardRange;
import java.util.List;

/** A visible object that is to be copied into the warehouse. */
public record StagedCopy(String path, List<ShardRange> ranges, long sealedEpochMillis) {
    public StagedCopy {
        ranges = List.copyOf(ranges);
    }
}
