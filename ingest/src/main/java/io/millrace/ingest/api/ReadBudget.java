package io.millrace.ingest.api;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much the answers of GetRecords may take of the memory together. When little is left, answers are shorter; a client
 * reads on from where one ended. Thread-safe.
 */
final class ReadBudget {
    private static final long MOST_BYTES = 10L * 1024 * 1024;
    private static final long LESS_BYTES = 1024 * 1024;
    private static final long LEAST_BYTES = 64 * 1024;
    /** What lies in the same blocks of the log as the first and the last record. */
    private static final long BESIDE_BYTES = 512 * 1024;
    /** Records of up to so many bytes are written into the answer at once, and their blocks not kept. */
    private static final long SMALL_BYTES = 64 * 1024;

    private final long limitBytes;
    private final AtomicLong used = new AtomicLong();

    ReadBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /**
     * What one read may take.
     *
     * @param recordBytes the most that it reads
     * @param heldBytes to be given back
     */
    record Share(long recordBytes, long heldBytes) {}

    Share take() {
        for (long bytes : new long[] {MOST_BYTES, LESS_BYTES}) {
            long held = bytes + BESIDE_BYTES;
            if (used.addAndGet(held) <= limitBytes) {
                return new Share(bytes, held);
            }
            used.addAndGet(-held);
        }
        return new Share(LEAST_BYTES, 0);
    }

    /** Takes back what is not needed once the records are there, which have so many bytes. */
    Share shrink(Share share, long recordBytes) {
        long held = Math.min(share.heldBytes(), recordBytes + (recordBytes <= SMALL_BYTES ? 0 : BESIDE_BYTES));
        used.addAndGet(held - share.heldBytes());
        return new Share(share.recordBytes(), held);
    }

    void give(Share share) {
        used.addAndGet(-share.heldBytes());
    }
}
