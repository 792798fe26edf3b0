package io.millrace.ingest.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The records of a request, as places in a few arrays: keys lie where the body has them (or beside it, when they came
 * with escapes), data lies in the body (CBOR) or in one array for the whole request (base64). Records are numbered from
 * 0.
 *
 * <p>Every record has data and a key of 1 to 256 characters. All lengths are in bytes unless they say otherwise. Filled
 * by one decoder, not changed afterwards and then safe for any thread; it keeps the body, which must not be changed
 * either.
 */
public final class DecodedRecords {
    static final int MAX_RECORDS = 500;
    static final int MAX_KEY_CHARS = 256;
    static final int MAX_BYTES = 10 * 1024 * 1024;
    private static final int KEY_OFFSET = 0;
    private static final int KEY_LENGTH = 1;
    private static final int KEY_CHARS = 2;
    private static final int DATA_OFFSET = 3;
    private static final int DATA_LENGTH = 4;
    private static final int COLUMNS = 5;

    private final byte[] body;
    private byte[] data;
    private byte[] unescapedKeys = new byte[0];
    private int unescapedLength;
    private int[] rows;
    private @Nullable String @Nullable [] explicitHashKeys;
    private int count;
    private long totalBytes;

    DecodedRecords(byte[] body, int expectedRecords) {
        this.body = body;
        this.data = body;
        this.rows = new int[COLUMNS * expectedRecords];
    }

    public int count() {
        return count;
    }

    /** Returns the bytes of all keys and data together; at most 10 MiB. */
    public long totalBytes() {
        return totalBytes;
    }

    /** Returns the array that holds a key's UTF-8 bytes, from {@link #keyOffset}. */
    public byte[] keyArray(int record) {
        return rows[row(record) + KEY_OFFSET] < 0 ? unescapedKeys : body;
    }

    public int keyOffset(int record) {
        int offset = rows[row(record) + KEY_OFFSET];
        return offset < 0 ? ~offset : offset;
    }

    public int keyLength(int record) {
        return rows[row(record) + KEY_LENGTH];
    }

    /** Returns a key's length in UTF-16 units, as the limit of 256 counts them. */
    public int keyChars(int record) {
        return rows[row(record) + KEY_CHARS];
    }

    /** Makes the key's text; for tests and messages. */
    public String key(int record) {
        return new String(keyArray(record), keyOffset(record), keyLength(record), StandardCharsets.UTF_8);
    }

    public void copyKey(int record, byte[] target, int offset) {
        System.arraycopy(keyArray(record), keyOffset(record), target, offset, keyLength(record));
    }

    /** Returns decimal digits, not yet known to be below 2^128; null when the key decides. */
    public @Nullable String explicitHashKey(int record) {
        row(record);
        return explicitHashKeys == null || record >= explicitHashKeys.length ? null : explicitHashKeys[record];
    }

    /** Returns the array that holds the data of every record, from {@link #dataOffset}; not to be changed. */
    public byte[] dataArray() {
        return data;
    }

    public int dataOffset(int record) {
        return rows[row(record) + DATA_OFFSET];
    }

    public int dataLength(int record) {
        return rows[row(record) + DATA_LENGTH];
    }

    /** Copies {@link #dataLength} bytes. */
    public void copyData(int record, byte[] target, int offset) {
        System.arraycopy(data, dataOffset(record), target, offset, dataLength(record));
    }

    private int row(int record) {
        if (record < 0 || record >= count) {
            throw new IndexOutOfBoundsException(
                    String.format(Locale.ROOT, "record: %d (expected: 0 to %d)", record, count - 1));
        }
        return COLUMNS * record;
    }

    /** Makes room for one more row, which the setters below fill until {@link #rowDone()}. */
    void newRow() throws UncommonBodyException {
        BodyCursor.require(count < MAX_RECORDS);
        if (COLUMNS * count == rows.length) {
            rows = Arrays.copyOf(rows, 2 * rows.length);
        }
    }

    void keyInBody(int offset, int length, int chars) throws UncommonBodyException {
        BodyCursor.require(chars > 0 && chars <= MAX_KEY_CHARS);
        int row = COLUMNS * count;
        rows[row + KEY_OFFSET] = offset;
        rows[row + KEY_LENGTH] = length;
        rows[row + KEY_CHARS] = chars;
    }

    /** Returns where in {@link #unescapedKeys} a key of at most so many bytes may be written. */
    int reserveKey(int maxLength) {
        if (unescapedKeys.length - unescapedLength < maxLength) {
            unescapedKeys = Arrays.copyOf(unescapedKeys, 2 * unescapedLength + maxLength);
        }
        return unescapedLength;
    }

    byte[] unescapedKeys() {
        return unescapedKeys;
    }

    /** Takes the bytes from where {@link #reserveKey} said up to {@code end} as the key. */
    void keyUnescaped(int end, int chars) throws UncommonBodyException {
        keyInBody(~unescapedLength, end - unescapedLength, chars);
        unescapedLength = end;
    }

    void explicitHashKey(String digits) {
        @Nullable String[] keys = explicitHashKeys;
        if (keys == null || keys.length <= count) {
            int capacity = rows.length / COLUMNS;
            keys = keys == null ? new @Nullable String[capacity] : Arrays.copyOf(keys, capacity);
            explicitHashKeys = keys;
        }
        keys[count] = digits;
    }

    void dataIn(byte[] array, int offset, int length) {
        data = array;
        rows[COLUMNS * count + DATA_OFFSET] = offset;
        rows[COLUMNS * count + DATA_LENGTH] = length;
    }

    void rowDone() throws UncommonBodyException {
        int row = COLUMNS * count;
        totalBytes += (long) rows[row + KEY_LENGTH] + rows[row + DATA_LENGTH];
        BodyCursor.require(totalBytes <= MAX_BYTES);
        count++;
    }
}
