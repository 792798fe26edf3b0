package io.millrace.ingest.log.segment;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** How many bytes appends under way and unwritten records hold, of how many they may. Thread-safe. */
final class Memory {
    private static final long PAUSE_MILLIS = 5;

    private final long limitBytes;
    private final AtomicLong used = new AtomicLong();

    Memory(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Takes bytes unless there are too few left. */
    boolean tryTake(long bytes) {
        if (used.addAndGet(bytes) > limitBytes) {
            used.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Takes bytes that are held already, as recovery finds them. */
    void take(long bytes) {
        used.addAndGet(bytes);
    }

    void give(long bytes) {
        synchronized (this) {
            used.addAndGet(-bytes);
            notifyAll();
        }
    }

    /** Waits up to {@code patience} until {@code used - exempt <= bytes}. Returns whether it is so. */
    synchronized boolean awaitAtMost(long bytes, LongSupplier exempt, Duration patience) throws InterruptedException {
        long began = System.nanoTime();
        while (used.get() - exempt.getAsLong() > bytes) {
            if (System.nanoTime() - began >= patience.toNanos()) {
                return false;
            }
            wait(PAUSE_MILLIS); // and not until a notification, since the exempt ones change without
        }
        return true;
    }

    long usedBytes() {
        return used.get();
    }

    long limitBytes() {
        return limitBytes;
    }

    /** Tells whether records should go to the shard files now, whatever their shard. */
    boolean isTight() {
        return used.get() > limitBytes / 2;
    }

    /** Tells whether enough has gone there. */
    boolean isRelaxed() {
        return used.get() < limitBytes / 4;
    }
}
