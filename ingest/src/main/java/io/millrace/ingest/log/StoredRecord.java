package io.millrace.ingest.log;

import java.util.Arrays;

/**
 * A record as the log kept it: a window on bytes that nobody changes.
 *
 * @param encrypted whether it is encrypted at rest
 * @param buffer holds key and data, and other things
 */
public record StoredRecord(
        long offset,
        long arrivalEpochMillis,
        boolean encrypted,
        byte[] buffer,
        int keyAt,
        int keyLength,
        int dataAt,
        int dataLength) {

    /** Makes a record of two arrays. */
    public static StoredRecord of(long offset, long arrivalEpochMillis, byte[] key, byte[] data) {
        byte[] buffer = Arrays.copyOf(key, key.length + data.length);
        System.arraycopy(data, 0, buffer, key.length, data.length);
        return new StoredRecord(offset, arrivalEpochMillis, false, buffer, 0, key.length, key.length, data.length);
    }

    /** Returns a copy of the partition key in UTF-8. */
    public byte[] key() {
        return Arrays.copyOfRange(buffer, keyAt, keyAt + keyLength);
    }

    /** Returns a copy of the data. */
    public byte[] data() {
        return Arrays.copyOfRange(buffer, dataAt, dataAt + dataLength);
    }
}
