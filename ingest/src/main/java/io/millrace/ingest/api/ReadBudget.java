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
    /** The records as read, and their answer in base64. */
    private static final double COPIES = 2.5;

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
            long held = (long) (bytes * COPIES);
            if (used.addAndGet(held) <= limitBytes) {
                return new Share(bytes, held);
            }
            used.addAndGet(-held);
        }
        return new Share(LEAST_BYTES, 0);
    }

    /** Takes back what is not needed once the answer is there, of which this is the length. */
    Share shrink(Share share, long answerBytes) {
        long held = Math.min(share.heldBytes(), answerBytes);
        used.addAndGet(held - share.heldBytes());
        return new Share(share.recordBytes(), held);
    }

    void give(Share share) {
        used.addAndGet(-share.heldBytes());
    }
}
