package io.millrace.firehose.delivery;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The records of one object, in the order of their shards. Never empty. */
public record Batch(List<DeliveryRecord> records) {
    public Batch {
        if (records.isEmpty()) {
            throw new IllegalArgumentException("batch: no records (expected: at least 1)");
        }
    }

    public long oldestEpochMillis() {
        return records.stream()
                .mapToLong(DeliveryRecord::arrivalEpochMillis)
                .min()
                .orElseThrow();
    }

    /** Returns which records these are: the first and last sequence number of every shard. */
    public String identity() {
        Map<String, String> ranges = new TreeMap<>();
        for (DeliveryRecord record : records) {
            ranges.merge(
                    record.shardId(),
                    record.sequenceNumber() + ".." + record.sequenceNumber(),
                    (range, single) ->
                            range.substring(0, range.indexOf("..")) + single.substring(single.indexOf("..")));
        }
        return ranges.toString();
    }
}
