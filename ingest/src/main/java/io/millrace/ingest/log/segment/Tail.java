package io.millrace.ingest.log.segment;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The durable frames of a shard that are in no file yet, oldest first, searchable by offset and time. Guarded by its
 * {@link Shard}.
 */
final class Tail {
    private final List<Frame> frames = new ArrayList<>();
    private int head; // frames before it are gone
    private long bytes;

    boolean isEmpty() {
        return head == frames.size();
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
        return frames.get(head);
    }

    List<Frame> all() {
        return List.copyOf(frames.subList(head, frames.size()));
    }

    /** Drops the oldest frames. */
    void dropFirst(int count) {
        for (int i = 0; i < count; i++) {
            bytes -= frames.get(head).sizeBytes();
            head++;
        }
        if ((head > 64 && head * 2 > frames.size()) || isEmpty()) {
            frames.subList(0, head).clear();
            head = 0;
        }
        if (frames.isEmpty()) {
            ((ArrayList<Frame>) frames).trimToSize(); // ten thousand shards rest most of the time
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
        int low = head;
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
        int low = head;
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
