package io.millrace.analytics.connector.source;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;

/**
 * An event of a subscription.
 *
 * @param continuation after which number another subscription goes on; absent in the last event of a shard
 * @param damage what is wrong with the event as a whole; nothing of it counts then
 */
record PushedEvent(
        List<KinesisRecord> records,
        @Nullable String continuation,
        @Nullable String damage) {

    static PushedEvent of(String shardId, SubscribeToShardEvent event) {
        String continuation = event.continuationSequenceNumber();
        boolean hasChildren = event.hasChildShards() && !event.childShards().isEmpty();
        if (continuation == null && !hasChildren) {
            return damaged("neither a number to go on after nor child shards");
        }
        if (continuation != null && !isNumber(continuation)) {
            return damaged("to go on after " + continuation);
        }
        List<KinesisRecord> records = new ArrayList<>(event.records().size());
        String last = null;
        for (Record record : event.records()) {
            String number = record.sequenceNumber();
            if (number == null || !isNumber(number) || (last != null && !isAfter(number, last))) {
                return damaged("a record " + number + " after " + last);
            }
            if (record.data() == null || record.approximateArrivalTimestamp() == null) {
                return damaged("record " + number + " without data or arrival time");
            }
            last = number;
            records.add(KinesisRecord.of(shardId, record));
        }
        return new PushedEvent(records, continuation, null);
    }

    private static PushedEvent damaged(String how) {
        return new PushedEvent(List.of(), null, how);
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty()
                && (text.charAt(0) != '0' || text.length() == 1)
                && text.chars().allMatch(digit -> digit >= '0' && digit <= '9');
    }

    private static boolean isAfter(String number, String other) {
        return number.length() == other.length() ? number.compareTo(other) > 0 : number.length() > other.length();
    }

    /** Tells whether the shard ends here. */
    boolean isLast() {
        return continuation == null;
    }

    /** Returns the records behind a number; all, if there is none. */
    List<KinesisRecord> after(@Nullable String number) {
        if (number == null || records.isEmpty() || isAfter(records.get(0).sequenceNumber(), number)) {
            return records;
        }
        return records.stream()
                .filter(record -> isAfter(record.sequenceNumber(), number))
                .toList();
    }
}
