package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.ReadArrays;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run of frames of one shard as it lies in a shard file.
 *
 * <p>All integers are big-endian.
 *
 * <pre>
 *  offset  size  field
 *       0     4  CRC32C of the shard's number (8 bytes) and of the bytes 4 to 55
 *       4     4  length of the body as stored
 *       8     4  length of the body when expanded
 *      12     4  CRC32C of the body as stored
 *      16     8  offset of the first record
 *      24     8  offset behind the last record
 *      32     8  arrival time of the first record, epoch milliseconds
 *      40     8  arrival time of the last record
 *      48     1  {@link BlockCodec}
 *      49     7  zero
 *      56        body: {@link Frame}s without gaps, compressed
 * </pre>
 */
final class Block {
    static final int HEADER_BYTES = 56;
    static final int TARGET_BYTES = 256 * 1024; // of a body, expanded
    private static final int CHECKED_FROM = 4;

    private Block() {}

    /** What a block says of itself. */
    record Header(
            int storedLength,
            int length,
            int bodyChecksum,
            long baseOffset,
            long endOffset,
            long firstArrival,
            long lastArrival,
            BlockCodec codec) {

        int sizeBytes() {
            return HEADER_BYTES + storedLength;
        }

        byte[] encode(long shard) {
            byte[] bytes = new byte[HEADER_BYTES];
            ByteBuffer target = ByteBuffer.wrap(bytes);
            target.putInt(4, storedLength).putInt(8, length).putInt(12, bodyChecksum);
            target.putLong(16, baseOffset).putLong(24, endOffset);
            target.putLong(32, firstArrival).putLong(40, lastArrival);
            target.put(48, (byte) codec.code());
            target.putInt(0, checksum(bytes, 0, shard));
            return bytes;
        }
    }

    /** Returns the header at a position if its checksum is right for the shard. */
    static @Nullable Header headerAt(byte[] bytes, int at, long shard) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (in.limit() - at < HEADER_BYTES || in.getInt(at) != checksum(bytes, at, shard)) {
            return null;
        }
        BlockCodec codec = BlockCodec.ofCode(in.get(at + 48));
        if (codec == null || in.getInt(at + 4) < 0 || in.getInt(at + 8) < 0) {
            return null;
        }
        return new Header(
                in.getInt(at + 4),
                in.getInt(at + 8),
                in.getInt(at + 12),
                in.getLong(at + 16),
                in.getLong(at + 24),
                in.getLong(at + 32),
                in.getLong(at + 40),
                codec);
    }

    private static int checksum(byte[] bytes, int at, long shard) {
        return Checksum.salted(shard, bytes, at + CHECKED_FROM, HEADER_BYTES - CHECKED_FROM);
    }

    /**
     * Returns the frames of a block that was read whole.
     *
     * @param bytes the header and the body as stored, and perhaps something behind
     * @param length of header and body
     * @param arrays where the body goes when it has to be expanded
     * @return nothing if it is damaged
     */
    static @Nullable List<Frame> decode(byte[] bytes, int length, long shard, ReadArrays arrays) {
        Header header = headerAt(bytes, 0, shard);
        if (header == null
                || header.sizeBytes() > length
                || header.bodyChecksum() != Checksum.of(bytes, HEADER_BYTES, header.storedLength())) {
            return null;
        }
        byte[] body = bytes;
        int at = HEADER_BYTES;
        if (header.codec() != BlockCodec.NONE) {
            body = arrays.take(header.length());
            header.codec().expand(bytes, HEADER_BYTES, header.storedLength(), body, header.length());
            at = 0;
        }
        List<Frame> frames = new ArrayList<>();
        int end = at + header.length();
        while (at < end) {
            Frame frame = Frame.at(body, at, end);
            if (frame == null) {
                return null;
            }
            frames.add(frame);
            at += frame.sizeBytes();
        }
        return frames;
    }
}
