package io.millrace.video.fragments;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The newest fragments of all streams that keep nothing on disk, for readers that are there right now.
 *
 * <p>Bounded by bytes for the node: the oldest of all goes first. A fragment that alone is above the bound is kept
 * until the next one comes. Thread-safe; the lock guards the queue and the order in which a stream's fragments leave.
 */
final class FragmentMemory {
    private record Kept(StreamIndex index, int bytes) {}

    private final long limitBytes;
    private final Deque<Kept> kept = new ArrayDeque<>();
    private long keptBytes;

    FragmentMemory(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Keeps and publishes a fragment; false when the stream was deleted. */
    synchronized boolean add(StreamIndex index, NewFragment fragment) {
        if (!index.publish(FragmentEntry.inMemory(fragment))) {
            return false;
        }
        kept.addLast(new Kept(index, fragment.payloadBytes()));
        keptBytes += fragment.payloadBytes();
        while (keptBytes > limitBytes && kept.size() > 1) {
            Kept oldest = kept.removeFirst();
            keptBytes -= oldest.bytes();
            oldest.index().advance(oldest.index().first() + 1);
        }
        return true;
    }
}
