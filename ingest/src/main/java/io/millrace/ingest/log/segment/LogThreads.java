package io.millrace.ingest.log.segment;

import io.millrace.durable.threads.DaemonThreads;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads of a log. */
final class LogThreads implements Workers {
    private static final Logger LOG = LoggerFactory.getLogger(LogThreads.class);

    private static final int PATIENCE_SECONDS = 60;

    /** The file system makes what they ask for durable together. */
    private static final int SYNCS = 8;

    private final ScheduledExecutorService background =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.single("log-background"));
    private final ExecutorService syncs = Executors.newFixedThreadPool(SYNCS, DaemonThreads.named("log-syncs"));
    private final ExecutorService walFiles = Executors.newSingleThreadExecutor(DaemonThreads.single("log-wal-files"));
    private @Nullable Thread writer;

    @Override
    public Executor background() {
        return background;
    }

    @Override
    public Executor syncs() {
        return syncs;
    }

    @Override
    public Executor walFiles() {
        return walFiles;
    }

    @Override
    public void start(Runnable writerLoop, Runnable tick) {
        writer = DaemonThreads.start("log-writer", writerLoop);
        background.scheduleWithFixedDelay(() -> survive(tick), 1, 1, TimeUnit.SECONDS);
    }

    /** A tick that fails must not be the last. */
    private static void survive(Runnable tick) {
        try {
            tick.run();
        } catch (RuntimeException | Error e) {
            LOG.error("the log could not be looked after; it is tried again in a second", e);
        }
    }

    @Override
    public void stopWriter() {
        Thread thread = writer;
        try {
            if (thread != null) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void await(CompletableFuture<?> done) {
        try {
            done.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the log's last work was not done in time; the next start will replay more", e);
        }
    }

    @Override
    public void close() {
        background.shutdown();
        walFiles.shutdown();
        try {
            boolean ended = walFiles.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
            ended &= background.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
            syncs.shutdown(); // the background gives it work
            ended &= syncs.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                LOG.warn("the log's background work did not end in time; the next start will replay more");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
