package io.millrace.analytics.connector.sink;

import io.millrace.analytics.connector.failure.FinalFailureException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;

/**
 * Refuses entries that no service accepts, before they are sent: the limits of PutRecords for the partition key, the
 * explicit hash key and the size, which counts data and partition key. Confined to the task's thread.
 */
final class RecordCheck {
    private static final int MAX_KEY_CHARACTERS = 256;
    private static final int SHOWN_KEY_CHARACTERS = 64;
    private static final long SMALLEST_LIMIT = 1024L * 1024;
    private static final BigInteger MAX_HASH_KEY = BigInteger.TWO.pow(128).subtract(BigInteger.ONE);

    private final String stream;
    private final long maxBatchBytes;
    private final LongSupplier streamLimit;
    private long knownLimit = SMALLEST_LIMIT;
    private long written;

    /**
     * @param maxBatchBytes an entry has to fit into a batch
     * @param streamLimit asks the stream for the largest record that it takes, in bytes; asked only for records above
     *     the smallest limit that a stream can have
     */
    RecordCheck(String stream, long maxBatchBytes, LongSupplier streamLimit) {
        this.stream = stream;
        this.maxBatchBytes = maxBatchBytes;
        this.streamLimit = streamLimit;
    }

    /** @throws FinalFailureException naming the record and what is wrong with it */
    void check(PutRecordsRequestEntry entry) {
        written++;
        checkPartitionKey(entry);
        checkHashKey(entry);
        long size = sizeOf(entry);
        if (size > knownLimit) {
            knownLimit = Math.max(SMALLEST_LIMIT, streamLimit.getAsLong());
        }
        if (size > knownLimit) {
            throw refused(
                    entry,
                    "Data: " + size + " bytes with the partition key (expected: at most " + knownLimit
                            + ", the stream's MaxRecordSizeInKiB)");
        }
        if (size > maxBatchBytes) {
            throw refused(
                    entry,
                    "Data: " + size + " bytes with the partition key (expected: at most " + maxBatchBytes
                            + ", the value of sink.flush-buffer.size)");
        }
    }

    private void checkPartitionKey(PutRecordsRequestEntry entry) {
        String key = entry.partitionKey();
        int characters = key == null ? 0 : key.codePointCount(0, key.length());
        if (characters < 1 || characters > MAX_KEY_CHARACTERS) {
            throw refused(
                    entry, "PartitionKey: " + characters + " characters (expected: 1 to " + MAX_KEY_CHARACTERS + ")");
        }
    }

    private void checkHashKey(PutRecordsRequestEntry entry) {
        String key = entry.explicitHashKey();
        if (key != null && (!key.matches("0|[1-9][0-9]{0,38}") || new BigInteger(key).compareTo(MAX_HASH_KEY) > 0)) {
            throw refused(entry, "ExplicitHashKey: " + key + " (expected: a decimal number from 0 to 2^128-1)");
        }
    }

    private FinalFailureException refused(PutRecordsRequestEntry entry, String problem) {
        return new FinalFailureException(
                "stream '" + stream + "': record " + written + " of this sink task (" + shown(entry) + ") is refused: "
                        + problem,
                null);
    }

    /** Tells a record from others without showing its data. */
    static String shown(PutRecordsRequestEntry entry) {
        String key = String.valueOf(entry.partitionKey());
        String start = key.length() > SHOWN_KEY_CHARACTERS ? key.substring(0, SHOWN_KEY_CHARACTERS) + "..." : key;
        return "partition key '" + start + "', " + entry.data().asByteArrayUnsafe().length + " bytes of data";
    }

    static long sizeOf(PutRecordsRequestEntry entry) {
        @Nullable String key = entry.partitionKey();
        int keyBytes = key == null ? 0 : key.getBytes(StandardCharsets.UTF_8).length;
        return entry.data().asByteArrayUnsafe().length + (long) keyBytes;
    }
}
