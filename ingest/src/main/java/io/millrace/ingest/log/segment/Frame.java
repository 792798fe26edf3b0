package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.ShardBatch;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A batch of one shard as it lies in the write-ahead log and in the shard's files.
 *
 * <p>All integers are big-endian.
 *
 * <pre>
 *  offset  size  field
 *       0     4  CRC32C of the file's salt (8 bytes) and of the bytes 4 to 63
 *       4     4  length in bytes of the payload, at most {@value #MAX_PAYLOAD_BYTES}
 *       8     8  log sequence number: grows by one with each frame of the node
 *      16     8  log sequence number up to which all was on stable storage when this frame was written
 *      24     8  shard; -1 in a mark
 *      32     8  offset of the first record
 *      40     8  arrival time, epoch milliseconds
 *      48     4  number of records; 0 in a mark
 *      52     4  CRC32C of the payload
 *      56     4  number of the data key that encrypts the payload; 0 when it is plain
 *      60     4  zero
 *      64        payload: the records as in {@link ShardBatch}, or their encryption by {@link DataKeys}
 * </pre>
 *
 * <p>The number of what was on stable storage tells damage from a torn end: a bad frame that a later one calls synced
 * was not torn. A mark is a frame of no shard that says so when no other follows; only the write-ahead log holds marks.
 *
 * <p>The salt differs from life to life of a file, so that bytes of an earlier life never pass for valid ones. Header
 * and payload have their own checksums: of a damaged payload it is known whose it was. In a shard file the header's
 * checksum means nothing, since the block has one.
 *
 * <p>Confined to one thread at a time: the request thread makes it, the writer thread stamps it, and nobody changes it
 * afterwards.
 */
final class Frame {
    static final int HEADER_BYTES = ShardBatch.HEADROOM_BYTES;
    static final int ENCRYPTION_BYTES = 28;
    static final int MAX_PAYLOAD_BYTES = ShardBatch.MAX_RECORDS_BYTES + ENCRYPTION_BYTES;
    private static final long NO_SHARD = -1;
    private static final int CHECKED_FROM = 4;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] bytes;
    private final int start;

    private Frame(byte[] bytes, int start) {
        this.bytes = bytes;
        this.start = start;
    }

    /** Makes a frame of a batch, in the batch's own array; number, offset and time are stamped later. */
    static Frame of(ShardBatch batch) {
        return of(batch.array(), batch.length(), batch.shard(), batch.count(), 0);
    }

    /** Makes a frame of an array that holds room for the header and then the payload. */
    static Frame of(byte[] bytes, int length, long shard, int count, int keyNumber) {
        Frame frame = new Frame(bytes, 0);
        int payload = length - HEADER_BYTES;
        frame.setInt(4, payload);
        frame.setLong(24, shard);
        frame.setInt(48, count);
        frame.setInt(52, Checksum.of(bytes, HEADER_BYTES, payload));
        frame.setInt(56, keyNumber);
        return frame;
    }

    /** Makes a mark, to be stamped like any other frame. */
    static Frame mark() {
        return of(new byte[HEADER_BYTES], HEADER_BYTES, NO_SHARD, 0, 0);
    }

    /** Returns the frame that begins in an array, unchecked but for its fitting in. */
    static @Nullable Frame at(byte[] bytes, int start, int limit) {
        if (limit - start < HEADER_BYTES) {
            return null;
        }
        Frame frame = new Frame(bytes, start);
        int payload = frame.payloadLength();
        return payload < 0 || payload > limit - start - HEADER_BYTES ? null : frame;
    }

    /** Returns the header that begins in an array of at least that length, if its checksum is right for the salt. */
    static @Nullable Frame headerAt(byte[] bytes, int start, long salt) {
        Frame header = new Frame(bytes, start);
        int payload = header.payloadLength();
        boolean valid = payload >= 0
                && payload <= MAX_PAYLOAD_BYTES
                && header.getInt(0) == Checksum.salted(salt, bytes, start + CHECKED_FROM, HEADER_BYTES - CHECKED_FROM);
        return valid ? header : null;
    }

    /**
     * Returns the header that begins in an array with the one bit turned back that makes its checksum wrong; nothing if
     * it takes more than one. Over so few bytes no other error of up to four bits looks the same (CRC32C has a Hamming
     * distance of 6 up to 655 bytes; Koopman, "32-Bit Cyclic Redundancy Codes for Internet Applications", 2002).
     */
    static @Nullable Frame mendedHeaderAt(byte[] bytes, int start, long salt) {
        byte[] copy = Arrays.copyOfRange(bytes, start, start + HEADER_BYTES);
        for (int bit = 0; bit < HEADER_BYTES * 8; bit++) {
            copy[bit / 8] ^= (byte) (1 << bit % 8);
            Frame header = headerAt(copy, 0, salt);
            if (header != null) {
                return header;
            }
            copy[bit / 8] ^= (byte) (1 << bit % 8);
        }
        return null;
    }

    /** Returns a frame of this header and a payload that follows room for a header in an array. */
    Frame withPayload(byte[] headroomAndPayload) {
        System.arraycopy(bytes, start, headroomAndPayload, 0, HEADER_BYTES);
        return new Frame(headroomAndPayload, 0);
    }

    /** Gives the frame its number and says up to which number all is on stable storage. */
    void number(long number, long syncedNumber) {
        setLong(8, number);
        setLong(16, syncedNumber);
    }

    /** Gives the frame its place in its shard. */
    void place(long baseOffset, long arrivalEpochMillis) {
        setLong(32, baseOffset);
        setLong(40, arrivalEpochMillis);
    }

    /** Makes the header's checksum the one for a file's salt. */
    void seal(long salt) {
        setInt(0, Checksum.salted(salt, bytes, start + CHECKED_FROM, HEADER_BYTES - CHECKED_FROM));
    }

    boolean hasValidPayload() {
        return payloadChecksum() == Checksum.of(bytes, payloadStart(), payloadLength());
    }

    /** Tells whether the payload is what was written but for one bit. */
    boolean isPayloadOffByOneBit() {
        return Checksum.isOffByOneBit(bytes, payloadStart(), payloadLength(), payloadChecksum());
    }

    byte[] array() {
        return bytes;
    }

    int start() {
        return start;
    }

    int payloadStart() {
        return start + HEADER_BYTES;
    }

    int payloadLength() {
        return getInt(4);
    }

    int sizeBytes() {
        return HEADER_BYTES + payloadLength();
    }

    long number() {
        return getLong(8);
    }

    long syncedNumber() {
        return getLong(16);
    }

    long shard() {
        return getLong(24);
    }

    long baseOffset() {
        return getLong(32);
    }

    long endOffset() {
        return baseOffset() + count();
    }

    long arrivalEpochMillis() {
        return getLong(40);
    }

    int count() {
        return getInt(48);
    }

    boolean isMark() {
        return count() == 0;
    }

    private int payloadChecksum() {
        return getInt(52);
    }

    int keyNumber() {
        return getInt(56);
    }

    private int getInt(int at) {
        return (int) INT.get(bytes, start + at);
    }

    private long getLong(int at) {
        return (long) LONG.get(bytes, start + at);
    }

    private void setInt(int at, int value) {
        INT.set(bytes, start + at, value);
    }

    private void setLong(int at, long value) {
        LONG.set(bytes, start + at, value);
    }
}
