package io.millrace.firehose.ledger;

import io.millrace.firehose.delivery.ShardRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A visible object that is to be copied into the warehouse.
 *
 * @param amount absent in what earlier versions wrote
 */
public record StagedCopy(
        String path,
        List<ShardRange> ranges,
        long sealedEpochMillis,
        @Nullable Amount amount) {
    public StagedCopy {
        ranges = List.copyOf(ranges);
    }
}
