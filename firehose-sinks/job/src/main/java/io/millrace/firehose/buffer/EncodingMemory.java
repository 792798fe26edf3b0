package io.millrace.firehose.buffer;

import java.util.concurrent.Semaphore;

/**
 * The heap that encoders of all deliveries in this process may use together. Thread-safe.
 *
 * <p>Each job has a class loader and so statics of its own. What they share is a semaphore of the JDK, found under a
 * system property.
 */
public final class EncodingMemory {
    private static final String PROPERTY = "io.millrace.firehose.encoding-memory";
    private static final long UNIT_BYTES = 1024 * 1024;
    private static final int SHARE_OF_HEAP = 4;

    private final Semaphore free;
    private final int capacity;

    EncodingMemory(Semaphore free, int capacity) {
        this.free = free;
        this.capacity = capacity;
    }

    /** Returns that of this process: a quarter of the largest heap. */
    public static EncodingMemory ofProcess() {
        int capacity = (int) Math.max(1, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP / UNIT_BYTES);
        Object shared = System.getProperties().computeIfAbsent(PROPERTY, key -> new Semaphore(capacity, true));
        return new EncodingMemory((Semaphore) shared, capacity);
    }

    /** Memory that was taken. */
    @FunctionalInterface
    public interface Share {
        /** Gives the memory to others; called once. */
        void giveBack();
    }

    /** Waits until so much is free; a wish beyond the whole takes the whole. */
    public Share take(long bytes) throws InterruptedException {
        int units = (int) Math.min(capacity, Math.max(1, bytes / UNIT_BYTES));
        free.acquire(units);
        return () -> free.release(units);
    }
}
