package io.millrace.server;

import java.io.Closeable;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * A writer that puts records with the numbers from a first one on until it is closed, each number once. What of a failed call was
 * stored nobody knows, so its numbers are never put again and count as not acknowledged.
 */
final class Numbers implements Closeable {
    private static final int PAUSE_MILLIS = 20;

    private final Put put;
    private final int batch;
    private final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile boolean closed;
    private volatile long next;

    /** Puts numbers. Returns those that were acknowledged. */
    @FunctionalInterface
    interface Put {
        List<Long> put(List<Long> numbers);
    }

    Numbers(String name, int batch, Put put) {
        this(name, 0, batch, put);
    }

    Numbers(String name, long first, int batch, Put put) {
        this.put = put;
        this.next = first;
        this.batch = batch;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (!closed) {
                long first = next;
                next = first + batch;
                try {
                    acknowledged.addAll(put.put(
                            LongStream.range(first, first + batch).boxed().toList()));
                } catch (SdkException e) {
                    // the node is down; the next numbers will do
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns the numbers known to be stored. */
    Set<Long> acknowledged() {
        return acknowledged;
    }

    /** Returns the number after the last one that was tried. */
    long tried() {
        return next;
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
