package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.NewRecord;
import io.millrace.ingest.log.ShardBatch;
import io.millrace.ingest.log.StoredRecord;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A batch of one shard as it lies in the write-ahead log and in the shard's segment files.
 *
 * <p>All integers are big-endian.
 *
 * <pre>
 *  offset  size  field
 *       0     4  length in bytes of what follows the checksum, 44 to {@value #MAX_LENGTH}
 *       4     4  CRC32C of the file's salt (8 bytes) and of all bytes from 8 on
 *       8     8  log sequence number: grows by one with each frame of the node
 *      16     8  shard
 *      24     8  offset of the first record
 *      32     8  arrival time, epoch milliseconds
 *      40     4  number of records; 0 in a mark
 *      44     8  log sequence number up to which all was on stable storage when this frame was written
 *      52        the records: 4 bytes data length, 2 bytes key length, key, data
 * </pre>
 *
 * <p>The number of what was on stable storage tells damage from a torn end: a bad frame that a later one calls synced was
 * not torn. A mark is a frame of no shard that says so when no other follows; only the write-ahead log holds marks.
 *
 * <p>The salt differs from file to file, so that bytes of an earlier life of a file never pass for valid ones. A length of
 * zero means that nothing follows. Confined to one thread at a time: the request thread encodes, the writer thread
 * stamps, and nobody changes it afterwards.
 */
final class Frame {
    static final int HEADER_BYTES = 52;
    static final int MAX_LENGTH = 64 * 1024 * 1024;
    private static final long NO_SHARD = -1;
    private static final int CHECKED_FROM = 8;
    private static final int RECORD_HEADER_BYTES = 6;

    private final ByteBuffer bytes;

    private Frame(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** Encodes a batch; number, offset and time are stamped later. */
    static Frame encode(ShardBatch batch) {
        long size = HEADER_BYTES;
        for (NewRecord record : batch.records()) {
            size += RECORD_HEADER_BYTES + record.key().length + record.data().length;
        }
        if (size - CHECKED_FROM > MAX_LENGTH) {
            throw new IllegalArgumentException("batch: %d bytes (expected: at most %d)".formatted(size, MAX_LENGTH));
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) size);
        bytes.putInt((int) size - CHECKED_FROM).putInt(0).putLong(0).putLong(batch.shard());
        bytes.putLong(0).putLong(0).putInt(batch.records().size()).putLong(0);
        for (NewRecord record : batch.records()) {
            bytes.putInt(record.data().length).putShort((short) record.key().length);
            bytes.put(record.key()).put(record.data());
        }
        return new Frame(bytes.flip());
    }

    /** Makes a mark, to be stamped like any other frame. */
    static Frame mark() {
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES);
        return new Frame(bytes.putInt(0, HEADER_BYTES - CHECKED_FROM).putLong(16, NO_SHARD));
    }

    /**
     * Reads the frame at the buffer's position and moves behind it.
     *
     * @return nothing if no whole and valid frame begins there; the position is unchanged then
     */
    static @Nullable Frame decode(ByteBuffer source, long salt) {
        int length = lengthAt(source, source.position());
        if (length == 0 || source.remaining() < CHECKED_FROM + length) {
            return null;
        }
        ByteBuffer bytes = source.slice(source.position(), CHECKED_FROM + length);
        if (bytes.getInt(4) != checksum(bytes, salt)) {
            return null;
        }
        source.position(source.position() + CHECKED_FROM + length);
        return new Frame(bytes);
    }

    /** Returns the length field if a header fits and it is one that can be, otherwise 0. */
    static int lengthAt(ByteBuffer source, int position) {
        if (source.limit() - position < HEADER_BYTES) {
            return 0;
        }
        int length = source.getInt(position);
        return length < HEADER_BYTES - CHECKED_FROM || length > MAX_LENGTH ? 0 : length;
    }

    /** Returns what would be the number of a frame that began at a position. */
    static long numberAt(ByteBuffer source, int position) {
        return source.getLong(position + 8);
    }

    /** Gives the frame its number and says up to which number all is on stable storage. */
    void number(long number, long syncedNumber) {
        bytes.putLong(8, number).putLong(44, syncedNumber);
    }

    /** Gives the frame its place in its shard. */
    void place(long baseOffset, long arrivalEpochMillis) {
        bytes.putLong(24, baseOffset).putLong(32, arrivalEpochMillis);
    }

    /** Returns the bytes with the checksum for a file's salt. The array is shared with the frame. */
    ByteBuffer sealed(long salt) {
        bytes.putInt(4, checksum(bytes, salt));
        return bytes.duplicate();
    }

    /** Returns a frame that shares nothing with this one, for keeping when the source buffer is large. */
    Frame detached() {
        return new Frame(
                ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip());
    }

    int sizeBytes() {
        return bytes.limit();
    }

    long number() {
        return bytes.getLong(8);
    }

    long shard() {
        return bytes.getLong(16);
    }

    long baseOffset() {
        return bytes.getLong(24);
    }

    long arrivalEpochMillis() {
        return bytes.getLong(32);
    }

    int count() {
        return bytes.getInt(40);
    }

    boolean isMark() {
        return count() == 0;
    }

    long syncedNumber() {
        return bytes.getLong(44);
    }

    long endOffset() {
        return baseOffset() + count();
    }

    /**
     * Adds this frame's records from an offset on to a list until one of the limits is reached.
     *
     * @return the bytes of keys and data that were added
     */
    long addRecords(long fromOffset, int maxRecords, long maxBytes, List<StoredRecord> target) {
        ByteBuffer source = bytes.duplicate().position(HEADER_BYTES);
        long added = 0;
        long end = endOffset();
        for (long offset = baseOffset(); offset < end && target.size() < maxRecords; offset++) {
            int dataLength = source.getInt();
            int keyLength = Short.toUnsignedInt(source.getShort());
            if (offset < fromOffset) {
                source.position(source.position() + keyLength + dataLength);
                continue;
            }
            if (!target.isEmpty() && added + keyLength + dataLength > maxBytes) {
                return Long.MAX_VALUE; // full: nothing more fits
            }
            byte[] key = new byte[keyLength];
            byte[] data = new byte[dataLength];
            source.get(key).get(data);
            target.add(new StoredRecord(offset, arrivalEpochMillis(), key, data));
            added += keyLength + dataLength;
        }
        return added;
    }

    private static int checksum(ByteBuffer bytes, long salt) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(salt).flip());
        crc.update(bytes.duplicate().position(CHECKED_FROM));
        return (int) crc.getValue();
    }
}
