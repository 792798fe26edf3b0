package io.millrace.video.fragments;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Which times lie in which {@value #ENTRIES} entries of an index, so that a search by time reads few of them, in
 * whatever order the times are: producers re-send and back-fill, and clocks are set. Callers synchronize.
 *
 * <p>Costs about 100 bytes of memory for {@value #ENTRIES} fragments.
 */
final class TimeBlocks {
    static final int ENTRIES = 256;

    private static final class Span {
        private long start = Long.MAX_VALUE;
        private long end = Long.MIN_VALUE;

        void add(FragmentTime time, FragmentTime.Clock clock) {
            start = Math.min(start, time.startMillis(clock));
            end = Math.max(end, time.endMillis(clock));
        }
    }

    private record Block(long index, Span server, Span producer) {

        void add(FragmentTime time) {
            server.add(time, FragmentTime.Clock.SERVER);
            producer.add(time, FragmentTime.Clock.PRODUCER);
        }

        boolean touches(FragmentTime.Clock clock, long from, long to) {
            Span span = clock == FragmentTime.Clock.SERVER ? server : producer;
            return span.start <= to && span.end > from;
        }
    }

    private final Deque<Block> blocks = new ArrayDeque<>();

    void add(long ordinal, FragmentTime time) {
        long index = ordinal / ENTRIES;
        Block last = blocks.peekLast();
        if (last == null || last.index != index) {
            last = new Block(index, new Span(), new Span());
            blocks.addLast(last);
        }
        last.add(time);
    }

    void dropBefore(long ordinal) {
        while (!blocks.isEmpty() && (blocks.getFirst().index + 1) * ENTRIES <= ordinal) {
            blocks.removeFirst();
        }
    }

    /** Returns the ordinals at which those blocks begin that may hold a time between two, in order. */
    List<Long> touching(FragmentTime.Clock clock, long from, long to) {
        List<Long> ordinals = new ArrayList<>();
        for (Block block : blocks) {
            if (block.touches(clock, from, to)) {
                ordinals.add(block.index * ENTRIES);
            }
        }
        return ordinals;
    }
}
