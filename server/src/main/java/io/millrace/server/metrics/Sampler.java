package io.millrace.server.metrics;

import io.millrace.durable.threads.DaemonThreads;
import java.io.Closeable;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A figure that has to be waited for: a thread of its own looks at it again and again, everybody else reads what was
 * seen last. Thread-safe.
 */
public final class Sampler<T> implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Sampler.class);

    private final Callable<T> figure;
    private final Thread thread;
    private volatile T last;

    /** @param first what is read until something was seen */
    public Sampler(String name, T first, Duration period, Callable<T> figure) {
        this.figure = figure;
        this.last = first;
        this.thread = DaemonThreads.single("sample-" + name).newThread(() -> run(period));
    }

    /** Starts to look. Returns this. */
    public Sampler<T> start() {
        thread.start();
        return this;
    }

    private void run(Duration period) {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                last = figure.call();
            } catch (InterruptedException e) {
                return;
            } catch (Exception e) { // the outermost frame of the thread's work
                LOG.debug("{}: keeping what was seen before", thread.getName(), e);
            }
            LockSupport.parkNanos(period.toNanos());
        }
    }

    /** Returns what was seen last. Never waits. */
    public T last() {
        return last;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
