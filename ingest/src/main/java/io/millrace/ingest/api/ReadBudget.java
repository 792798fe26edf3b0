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
 * How much the answers of GetRecords may take of the memory together, and the arrays that they read into. When little is
 * left, answers are shorter; a client reads on from where one ended. Arrays are used again: some hundred megabytes a second
 * that are moved once and dropped would keep the collector busy. Thread-safe.
 */
final class ReadBudget {
    private static final long MOST_BYTES = 10L * 1024 * 1024;
    private static final long LESS_BYTES = 1024 * 1024;
    private static final long LEAST_BYTES = 64 * 1024;
    /** What lies in the same blocks of the log as the first and the last record. */
    private static final long BESIDE_BYTES = 512 * 1024;
    /** Records of up to so many bytes are written into the answer at once, and their blocks not kept. */
    private static final long SMALL_BYTES = 64 * 1024;
    /** Shorter arrays are not used again: rounding up would waste too much of them. */
    private static final int LEAST_ARRAY_BYTES = 192 * 1024;

    private static final int ARRAY_STEP_BYTES = 64 * 1024;

    private final long limitBytes;
    private final Map<Integer, Deque<byte[]>> idle = new HashMap<>(); // by length
    private long idleBytes;
    private long heldBytes;

    ReadBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    synchronized Share take() {
        for (long bytes : new long[] {MOST_BYTES, LESS_BYTES}) {
            long held = bytes + BESIDE_BYTES;
            if (heldBytes + held <= limitBytes) {
                heldBytes += held;
                return new Share(bytes, held);
            }
        }
        return new Share(LEAST_BYTES, 0);
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

        /** Gives back what is not needed once the records are there, which have so many bytes. */
        void shrink(long recordBytes) {
            long needed = recordBytes + (recordBytes <= SMALL_BYTES ? 0 : BESIDE_BYTES);
            give(Math.max(0, held - needed), List.of());
            held = Math.min(held, needed);
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
