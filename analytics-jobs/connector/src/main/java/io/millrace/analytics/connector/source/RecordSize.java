package io.millrace.analytics.connector.source;

import java.util.List;

/** What records take of the heap while they wait for the task. */
final class RecordSize {
    /** The objects of a record and its sequence number of 56 digits: some 200 bytes, rounded up. */
    static final int OVERHEAD_BYTES = 256;

    /** AWS and the node put no more into an answer. */
    private static final long MAX_ANSWER_BYTES = 10L * 1024 * 1024;

    private RecordSize() {}

    static long of(KinesisRecord record) {
        return (long) OVERHEAD_BYTES
                + record.data().length
                + record.partitionKey().length();
    }

    static long of(List<KinesisRecord> records) {
        return records.stream().mapToLong(RecordSize::of).sum();
    }

    /** Returns the upper bound of an answer with up to {@code maxRecords} records. */
    static long largestAnswer(int maxRecords) {
        return MAX_ANSWER_BYTES + (long) maxRecords * OVERHEAD_BYTES;
    }
}
