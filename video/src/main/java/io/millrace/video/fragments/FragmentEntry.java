package io.millrace.video.fragments;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a fragment lies and which time it shows: one record of a stream's index.
 *
 * <p>On disk it has {@value #BYTES} bytes, big-endian:
 *
 * <pre>
 *  offset  size  field
 *       0     8  fragment number
 *       8     8  server time, ms
 *      16     8  producer time, ms
 *      24     4  duration, ms
 *      28     4  length of the payload in bytes
 *      32     8  segment
 *      40     4  position of the fragment's record in the segment
 *      44     4  position of the head's record in the segment
 *      48     4  CRC32C of the payload
 *      52     8  zero
 *      60     4  CRC32C of the 60 bytes before
 * </pre>
 *
 * @param memory the fragment itself, if it is kept in memory only; its place on disk is void then
 */
public record FragmentEntry(
        long number,
        FragmentTime time,
        Place place,
        @Nullable NewFragment memory) {
    static final int BYTES = 64;

    private static final int CHECKED_BYTES = 60;

    /** Where the payload is, in bytes from the start of a segment. */
    record Place(long segment, int position, int headPosition, int payloadBytes, int payloadCrc) {}

    static FragmentEntry inMemory(NewFragment fragment) {
        Place nowhere = new Place(0, 0, 0, fragment.payloadBytes(), 0);
        return new FragmentEntry(fragment.number(), fragment.time(), nowhere, fragment);
    }

    static FragmentEntry onDisk(RecordHeader header, long segment, int position) {
        Place place = new Place(segment, position, header.headPosition(), header.payloadBytes(), header.payloadCrc());
        return new FragmentEntry(header.number(), header.time(), place, null);
    }

    public int payloadBytes() {
        return place.payloadBytes;
    }

    void write(ByteBuffer target) {
        int start = target.position();
        target.putLong(number).putLong(time.serverMillis()).putLong(time.producerMillis());
        target.putInt(time.durationMillis()).putInt(place.payloadBytes).putLong(place.segment);
        target.putInt(place.position)
                .putInt(place.headPosition)
                .putInt(place.payloadCrc)
                .putLong(0);
        target.putInt(RecordHeader.crcOf(target.slice(start, CHECKED_BYTES)));
    }

    /** Reads one record and moves behind it; nothing when it is damaged. */
    static Optional<FragmentEntry> read(ByteBuffer source) {
        int start = source.position();
        source.position(start + BYTES);
        int duration = source.getInt(start + 24);
        if (duration < 1
                || source.getInt(start + CHECKED_BYTES) != RecordHeader.crcOf(source.slice(start, CHECKED_BYTES))) {
            return Optional.empty();
        }
        FragmentTime time = new FragmentTime(source.getLong(start + 8), source.getLong(start + 16), duration);
        Place place = new Place(
                source.getLong(start + 32),
                source.getInt(start + 40),
                source.getInt(start + 44),
                source.getInt(start + 28),
                source.getInt(start + 48));
        return Optional.of(new FragmentEntry(source.getLong(start), time, place, null));
    }
}
