package io.millrace.ingest.log.segment;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The durable frames of a shard that are in no file yet, oldest first, searchable by offset and time. Guarded by its
 * {@link Shard}.
 */
final class Tail {
    private final ArrayList<Frame> frames = new ArrayList<>();
    private long bytes;

    boolean isEmpty() {
        return frames.isEmpty();
    }

    /** Returns the size in bytes. */
    long bytes() {
        return bytes;
    }

    void add(Frame frame) {
        frames.add(frame);
        bytes += frame.sizeBytes();
    }

    Frame first() {
        return frames.get(0);
    }

    Frame last() {
        return frames.get(frames.size() - 1);
    }

    List<Frame> all() {
        return List.copyOf(frames);
    }

    /** Returns the frames up to a log sequence number. */
    List<Frame> upTo(long lastNumber) {
        int count = 0;
        while (count < frames.size() && frames.get(count).number() <= lastNumber) {
            count++;
        }
        return List.copyOf(frames.subList(0, count));
    }

    /** Drops the oldest frames; nearly always all of them, so moving up the others costs little. */
    void dropFirst(int count) {
        List<Frame> dropped = frames.subList(0, count);
        for (Frame frame : dropped) {
            bytes -= frame.sizeBytes();
        }
        dropped.clear();
        if (frames.isEmpty()) {
            frames.trimToSize(); // ten thousand shards rest most of the time
        }
    }

    /** Returns frames from the one with an offset on, until they hold so many records or bytes. */
    List<Frame> from(long offset, int maxRecords, long maxBytes) {
        List<Frame> found = new ArrayList<>();
        long records = 0;
        long size = 0;
        for (int i = indexOf(offset); i < frames.size(); i++) {
            Frame frame = frames.get(i);
            found.add(frame);
            records += frame.endOffset() - Math.max(offset, frame.baseOffset());
            size += frame.payloadLength();
            if (records >= maxRecords || (size > maxBytes && found.size() > 1)) {
                break;
            }
        }
        return found;
    }

    /** Returns the first frame that ends behind an offset. */
    private int indexOf(long offset) {
        int low = 0;
        int high = frames.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (frames.get(middle).endOffset() <= offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Returns the first record at or after a time among those here. */
    ShardSegment.@Nullable Place placeAtTime(long epochMillis) {
        int low = 0;
        int high = frames.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (frames.get(middle).arrivalEpochMillis() < epochMillis) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == frames.size()
                ? null
                : new ShardSegment.Place(
                        frames.get(low).baseOffset(), frames.get(low).arrivalEpochMillis());
    }
}
