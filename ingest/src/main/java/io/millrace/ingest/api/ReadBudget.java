package io.millrace.ingest.api;

import io.millrace.ingest.log.ReadArrays;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How much the answers of GetRecords, or the events of SubscribeToShard, may take of the memory together until they are
 * sent, and the arrays that they read into. When little is left they are shorter; a client reads on from where one
 * ended. One small answer or event is always possible, a large record only when there is room. Arrays are used again:
 * some hundred megabytes a second that are moved once and dropped would keep the collector busy. Thread-safe.
 */
final class ReadBudget {
    /** What lies in the same blocks of the log as the first and the last record. */
    private static final long BESIDE_BYTES = 512 * 1024;
    /** Records of up to so many bytes are written into the answer at once, and their blocks not kept. */
    private static final long SMALL_BYTES = 64 * 1024;
    /** Shorter arrays are not used again: rounding up would waste too much of them. */
    private static final int LEAST_ARRAY_BYTES = 192 * 1024;

    private static final int ARRAY_STEP_BYTES = 64 * 1024;

    /**
     * How much is read at once, in bytes of record data and keys.
     *
     * @param most when there is room for it
     * @param less when there is not
     * @param least when there is not even room for that
     */
    record Sizes(long most, long less, long least) {
        static final Sizes OF_ANSWERS = new Sizes(10L * 1024 * 1024, 1024 * 1024, 64 * 1024);
        static final Sizes OF_EVENTS = new Sizes(512 * 1024, 128 * 1024, 16 * 1024);
    }

    private final Sizes sizes;
    private final long limitBytes;
    private final Map<Integer, Deque<byte[]>> idle = new HashMap<>(); // by length
    private long idleBytes;
    private long heldBytes;

    ReadBudget(Sizes sizes, long limitBytes) {
        this.sizes = sizes;
        this.limitBytes = limitBytes;
    }

    /** Takes as much as there is, or what is always possible. */
    Share take() {
        Share share = tryTake(sizes.most());
        return share == null ? takeLeast() : share;
    }

    /** Takes less than that, where a read of as much found records for which there was no room. */
    Share takeLess() {
        Share share = tryTake(sizes.less());
        return share == null ? takeLeast() : share;
    }

    /** Takes what is always possible. */
    Share takeLeast() {
        return new Share(sizes.least(), 0);
    }

    /** Takes as much as there is, and no more than was said; nothing when little is left. */
    synchronized @Nullable Share tryTake(long most) {
        for (long bytes : new long[] {sizes.most(), sizes.less()}) {
            long read = Math.max(sizes.least(), Math.min(bytes, most));
            long held = read + BESIDE_BYTES;
            if (hold(held)) {
                return new Share(read, held);
            }
        }
        return null;
    }

    private synchronized boolean hold(long bytes) {
        if (heldBytes + bytes > limitBytes) {
            return false;
        }
        heldBytes += bytes;
        return true;
    }

    /** Tells whether little is left. */
    synchronized boolean isShort() {
        return heldBytes + sizes.less() + BESIDE_BYTES > limitBytes;
    }

    /** Returns what answers hold and what waits to be used again. */
    synchronized long bytes() {
        return heldBytes + idleBytes;
    }

    /** Returns an array that is used again; null, and room for a new one, when none of this length waits. */
    private synchronized byte @Nullable [] idleArray(int length) {
        Deque<byte[]> fitting = idle.get(length);
        byte[] array = fitting == null ? null : fitting.poll();
        if (array == null) {
            dropIdle();
        } else {
            idleBytes -= length;
        }
        return array;
    }

    /** Makes room for what is held. */
    private void dropIdle() {
        for (Iterator<Deque<byte[]>> lengths = idle.values().iterator(); lengths.hasNext(); ) {
            Deque<byte[]> arrays = lengths.next();
            while (heldBytes + idleBytes > limitBytes && !arrays.isEmpty()) {
                idleBytes -= arrays.removeLast().length;
            }
            if (arrays.isEmpty()) {
                lengths.remove();
            }
        }
    }

    private synchronized void give(long bytes, List<byte[]> arrays) {
        heldBytes -= bytes;
        for (byte[] array : arrays) {
            if (array.length >= LEAST_ARRAY_BYTES && heldBytes + idleBytes + array.length <= limitBytes) {
                // the last one goes first, since it may be in the processor's cache
                idle.computeIfAbsent(array.length, length -> new ArrayDeque<>()).push(array);
                idleBytes += array.length;
            }
        }
    }

    /** What one read may take. Used by one thread at a time. */
    final class Share implements ReadArrays, AutoCloseable {
        private final long recordBytes;
        private final List<byte[]> arrays = new ArrayList<>();
        private long held;

        private Share(long recordBytes, long held) {
            this.recordBytes = recordBytes;
            this.held = held;
        }

        /** Returns the most that is read. */
        long recordBytes() {
            return recordBytes;
        }

        @Override
        public byte[] take(int length) {
            int steps = (length + ARRAY_STEP_BYTES - 1) / ARRAY_STEP_BYTES;
            int size = length < LEAST_ARRAY_BYTES ? length : steps * ARRAY_STEP_BYTES;
            byte[] used = idleArray(size);
            byte[] array = used != null ? used : new byte[size]; // cleared while nobody waits for the budget
            arrays.add(array);
            return array;
        }

        /**
         * Holds what is needed from now on, once the records are there, which have so many bytes. Returns whether there
         * is room for it: for a record that is larger than what is always possible there may be none.
         */
        boolean keepRecords(long recordBytes) {
            return keep(recordBytes <= SMALL_BYTES ? recordBytes : recordBytes + BESIDE_BYTES);
        }

        /** As the other, where so many bytes were made of the records, which are not looked at any more. */
        boolean keepMade(long bytes) {
            give(0, arrays);
            arrays.clear();
            return keep(bytes);
        }

        private boolean keep(long needed) {
            if (needed > held && !hold(needed - held)) {
                return needed <= SMALL_BYTES; // which is always possible, counted or not
            }
            give(Math.max(0, held - needed), List.of());
            held = needed;
            return true;
        }

        /** Gives back everything, arrays too: what was read is not looked at any more. Closing again does nothing. */
        @Override
        public void close() {
            give(held, arrays);
            held = 0;
            arrays.clear();
        }
    }
}
