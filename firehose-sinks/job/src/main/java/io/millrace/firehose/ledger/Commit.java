package io.millrace.firehose.ledger;

import io.millrace.firehose.delivery.ShardRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records that become visible together.
 *
 * @param uploads the objects that hold them; empty if the records have no bytes
 * @param amount absent in what earlier versions wrote
 */
public record Commit(
        List<ShardRange> ranges,
        List<Upload> uploads,
        long sealedEpochMillis,
        @Nullable Amount amount) {
    public Commit {
        ranges = List.copyOf(ranges);
        uploads = List.copyOf(uploads);
    }
}
