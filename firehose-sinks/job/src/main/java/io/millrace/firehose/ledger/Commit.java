package io.millrace.firehose.ledger;

import io.millrace.firehose.delivery.ShardRange;
import java.util.List;

/**
 * Records that become visible together.
 *
 * @param uploads the objects that hold them; empty if the records have no bytes
 */
public record Commit(List<ShardRange> ranges, List<Upload> uploads, long sealedEpochMillis) {
    public Commit {
        ranges = List.copyOf(ranges);
        uploads = List.copyOf(uploads);
    }
}
