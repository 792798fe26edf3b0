package io.millrace.ingest.log;

/**
 * A record on its way in. The arrays are not copied and must not be changed afterwards.
 *
 * @param key the partition key in UTF-8, up to 65,535 bytes
 */
public record NewRecord(byte[] key, byte[] data) {
    private static final int MAX_KEY_BYTES = 0xFFFF;

    public NewRecord {
        if (key.length > MAX_KEY_BYTES) {
            throw new IllegalArgumentException(
                    "key: %d bytes (expected: at most %d)".formatted(key.length, MAX_KEY_BYTES));
        }
    }
}
