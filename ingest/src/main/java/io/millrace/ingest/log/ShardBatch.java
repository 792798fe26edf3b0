package io.millrace.ingest.log;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Records that go to one shard, in order and under one arrival time, laid out as the log keeps them.
 *
 * <pre>
 *  offset  size  field
 *       0    64  room for the log, {@value #HEADROOM_BYTES} bytes
 *      64        the records: 4 bytes data length, 2 bytes key length, key, data
 * </pre>
 *
 * <p>An append takes the batch over: it writes into the array and keeps it. A batch can be appended once. Confined to
 * the thread that fills it until then.
 */
public final class ShardBatch {
    public static final int HEADROOM_BYTES = 64;
    /** What a record takes beside its key and data. */
    public static final int RECORD_OVERHEAD_BYTES = 6;

    /** The most that the records of one batch may take, overhead included. */
    public static final int MAX_RECORDS_BYTES = 16 * 1024 * 1024;

    private static final int MAX_KEY_BYTES = 0xFFFF;

    private final long shard;
    private final @Nullable String keyId;
    private final ByteBuffer bytes;
    private int count;
    private boolean taken;

    /**
     * Makes an empty batch.
     *
     * @param records how many will be added
     * @param payloadBytes what their keys and data take together
     * @param keyId the key under which the records are encrypted at rest; absent for records that are not
     */
    public ShardBatch(long shard, int records, long payloadBytes, @Nullable String keyId) {
        long size = payloadBytes + (long) records * RECORD_OVERHEAD_BYTES;
        if (size > MAX_RECORDS_BYTES) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "batch: %d bytes (expected: at most %d)", size, MAX_RECORDS_BYTES));
        }
        this.shard = shard;
        this.keyId = keyId;
        this.bytes = ByteBuffer.allocate(HEADROOM_BYTES + (int) size).position(HEADROOM_BYTES);
    }

    /** Makes a batch of records that are at hand as arrays; at least one. */
    public ShardBatch(long shard, List<NewRecord> records) {
        this(shard, records, null);
    }

    public ShardBatch(long shard, List<NewRecord> records, @Nullable String keyId) {
        this(
                shard,
                records.size(),
                records.stream()
                        .mapToLong(record -> record.key().length + (long) record.data().length)
                        .sum(),
                keyId);
        for (NewRecord record : records) {
            add(record.key(), record.data().length);
            bytes.put(bytes.position() - record.data().length, record.data());
        }
    }

    /**
     * Adds a record whose data the caller then writes into {@link #array()}.
     *
     * @return where in the array the data begins
     */
    public int add(byte[] key, int dataLength) {
        return add(key, 0, key.length, dataLength);
    }

    /** As the other, for a key that is a part of an array. */
    public int add(byte[] array, int keyAt, int keyLength, int dataLength) {
        if (keyLength > MAX_KEY_BYTES) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "key: %d bytes (expected: at most %d)", keyLength, MAX_KEY_BYTES));
        }
        bytes.putInt(dataLength).putShort((short) keyLength).put(array, keyAt, keyLength);
        int dataAt = bytes.position();
        bytes.position(dataAt + dataLength);
        count++;
        return dataAt;
    }

    public byte[] array() {
        return bytes.array();
    }

    public long shard() {
        return shard;
    }

    public @Nullable String keyId() {
        return keyId;
    }

    public int count() {
        return count;
    }

    /** Returns how many bytes of the array are in use, the headroom included. */
    public int length() {
        return bytes.position();
    }

    /** Marks the batch as belonging to a log from now on. */
    public void take() {
        if (taken || count == 0) {
            throw new IllegalStateException(
                    taken ? "batch: appended twice (expected: once)" : "records: 0 (expected: at least 1)");
        }
        taken = true;
    }
}
