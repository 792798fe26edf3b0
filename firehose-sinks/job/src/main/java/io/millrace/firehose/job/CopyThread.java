package io.millrace.firehose.job;

import io.millrace.firehose.engine.WarehouseCopies;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies into the warehouse beside the task, so that a slow or failing copy holds up no record. */
final class CopyThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CopyThread.class);
    private static final long AFTER_FAILURE_MILLIS = 5_000;
    private static final long JOIN_MILLIS = 20_000;

    private final WarehouseCopies copies;
    private final Semaphore wakes = new Semaphore(0);
    private final Thread thread;
    private volatile boolean closed;

    CopyThread(String name, WarehouseCopies copies) {
        this.copies = copies;
        this.thread = new Thread(this::run, "copy " + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Tells that there may be something to copy. */
    void wake() {
        wakes.release();
    }

    private void run() {
        try {
            while (!closed) {
                long idleMillis = step();
                if (wakes.tryAcquire(idleMillis, TimeUnit.MILLISECONDS)) {
                    wakes.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // by close()
        }
    }

    private long step() {
        try {
            return copies.step();
        } catch (IOException | RuntimeException e) { // the outermost frame of the thread
            LOG.warn("copies into the warehouse rest for {} ms", AFTER_FAILURE_MILLIS, e);
            return AFTER_FAILURE_MILLIS;
        }
    }

    /** Breaks off what is under way: the warehouse undoes it, and the ledger still has the object. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(JOIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
