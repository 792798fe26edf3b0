package io.millrace.firehose.warehouse;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Breaks off the connection of a copy that does not get on, or whose thread is asked to end: neither a write into a
 * socket nor a wait for an answer hears of that by itself. A timeout of the socket would count reads only, and those of
 * a statement that has much to do as well.
 *
 * <p>Opened and told by the copying thread; looks on a thread of its own.
 */
final class CopyWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CopyWatch.class);
    private static final Duration LOOK = Duration.ofMillis(200);

    private final Connection connection;
    private final Thread copying = Thread.currentThread();
    private final ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "copy-watch");
        thread.setDaemon(true);
        return thread;
    });
    private volatile long untilNanos;

    /** @param patience how long the first step may take */
    CopyWatch(Connection connection, Duration patience) {
        this.connection = connection;
        expect(patience);
        looking.scheduleWithFixedDelay(this::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The copy has got on; its next step may take so long. */
    void expect(Duration patience) {
        untilNanos = System.nanoTime() + patience.toNanos();
    }

    private void look() {
        boolean late = System.nanoTime() - untilNanos > 0;
        if (late || copying.isInterrupted()) {
            looking.shutdown();
            LOG.warn("a copy is broken off: {}", late ? "it does not get on" : "it is no longer wanted");
            try {
                connection.abort(Runnable::run);
            } catch (SQLException | RuntimeException e) { // the outermost frame of the thread
                LOG.warn("the connection of a copy cannot be broken off", e);
            }
        }
    }

    @Override
    public void close() {
        looking.shutdownNow();
    }
}
