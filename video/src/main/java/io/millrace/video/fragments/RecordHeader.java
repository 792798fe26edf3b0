package io.millrace.video.fragments;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The head of one record of a segment.
 *
 * <h2>File format</h2>
 *
 * <p>A segment is a sequence of records and nothing else. Each begins at a multiple of {@value #BYTES} bytes with this
 * header; its payload and zeros up to the next multiple follow. Integers are big-endian, times in milliseconds.
 *
 * <pre>
 *  offset  size  field
 *       0     4  magic, {@code "MRVF"}
 *       4     4  kind: 1 fragment, 2 head, 3 seal (the last record of a segment that is closed)
 *       8     8  stream
 *      16     8  fragment number
 *      24     8  server time
 *      32     8  producer time
 *      40     4  duration
 *      44     4  length of the payload in bytes
 *      48     4  position in this segment of the head record the fragment needs
 *      52     4  bytes of this segment that were durable when the record was written
 *      56     4  CRC32C of the payload
 *      60     4  CRC32C of the 60 bytes before
 * </pre>
 *
 * <p>The field at 52 tells a torn end from damage: a record that cannot be read was acknowledged if a later one says
 * that more bytes were durable than lie before it.
 *
 * @param durableBytes all positions in a segment are below 2 GiB
 */
record RecordHeader(
        Kind kind,
        long stream,
        long number,
        FragmentTime time,
        int payloadBytes,
        int headPosition,
        int durableBytes,
        int payloadCrc) {

    static final int BYTES = 64;

    private static final int MAGIC = 0x4D525646;
    private static final int CHECKED_BYTES = 60;
    private static final FragmentTime NO_TIME = new FragmentTime(0, 0, 1);

    enum Kind {
        FRAGMENT(1),
        HEAD(2),
        SEAL(3);

        private final int code;

        Kind(int code) {
            this.code = code;
        }
    }

    static RecordHeader head(int payloadBytes, int durableBytes, int payloadCrc) {
        return new RecordHeader(Kind.HEAD, 0, 0, NO_TIME, payloadBytes, 0, durableBytes, payloadCrc);
    }

    static RecordHeader seal(int durableBytes) {
        return new RecordHeader(Kind.SEAL, 0, 0, NO_TIME, 0, 0, durableBytes, 0);
    }

    /** Returns the position of the record after one of this length. */
    static long nextPosition(long position, int payloadBytes) {
        long end = position + BYTES + payloadBytes;
        return (end + BYTES - 1) / BYTES * BYTES;
    }

    void write(ByteBuffer target) {
        int start = target.position();
        target.putInt(MAGIC).putInt(kind.code).putLong(stream).putLong(number);
        target.putLong(time.serverMillis()).putLong(time.producerMillis()).putInt(time.durationMillis());
        target.putInt(payloadBytes).putInt(headPosition).putInt(durableBytes).putInt(payloadCrc);
        target.putInt(crcOf(target.slice(start, CHECKED_BYTES)));
    }

    /** Reads a header, or nothing where there is none or a damaged one. */
    static Optional<RecordHeader> read(ByteBuffer source) {
        int start = source.position();
        if (source.remaining() < BYTES
                || source.getInt(start) != MAGIC
                || source.getInt(start + CHECKED_BYTES) != crcOf(source.slice(start, CHECKED_BYTES))) {
            return Optional.empty();
        }
        int code = source.getInt(start + 4);
        int duration = source.getInt(start + 40);
        int length = source.getInt(start + 44);
        if (code < 1 || code > Kind.values().length || duration < 1 || length < 0) {
            return Optional.empty();
        }
        return Optional.of(new RecordHeader(
                Kind.values()[code - 1],
                source.getLong(start + 8),
                source.getLong(start + 16),
                new FragmentTime(source.getLong(start + 24), source.getLong(start + 32), duration),
                length,
                source.getInt(start + 48),
                source.getInt(start + 52),
                source.getInt(start + 56)));
    }

    static int crcOf(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
