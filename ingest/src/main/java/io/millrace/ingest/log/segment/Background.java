package io.millrace.ingest.log.segment;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log's work on its shard files, and what went wrong with it last.
 *
 * <p>A failure is kept until {@link #succeeded}: whoever gives the work tries it again. But a sync that failed must not
 * be tried again, so it fails the log. Thread-safe.
 */
final class Background {
    private static final Logger LOG = LoggerFactory.getLogger(Background.class);

    private final Workers workers;
    private volatile String failure = "";
    private @Nullable IOException failedSync; // guarded by this
    private @Nullable Consumer<IOException> failedSyncs; // guarded by this

    Background(Workers workers) {
        this.workers = workers;
    }

    /** Names who is told of failed syncs, those of before too: recovery gives work before there is a log to fail. */
    synchronized void onFailedSync(Consumer<IOException> listener) {
        failedSyncs = listener;
        if (failedSync != null) {
            listener.accept(failedSync);
        }
    }

    private synchronized void syncFailed(IOException cause) {
        failedSync = cause;
        if (failedSyncs != null) {
            failedSyncs.accept(cause);
        }
    }

    /** Something that is done on the disk. */
    @FunctionalInterface
    interface DiskTask {
        void run() throws IOException;
    }

    /** Does a task on the background thread, behind all that it was given before. */
    CompletableFuture<Void> run(DiskTask task) {
        return on(workers.background(), task);
    }

    /** Syncs a shard file on one of the threads for it. */
    CompletableFuture<Void> sync(ShardSegment file) {
        return on(workers.syncs(), file::sync);
    }

    private CompletableFuture<Void> on(Executor executor, DiskTask task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            executor.execute(() -> {
                try {
                    task.run();
                    done.complete(null);
                } catch (IOException
                        | RuntimeException
                        | Error e) { // the outermost frame: somebody waits for the result
                    try {
                        failed(e);
                    } finally {
                        done.completeExceptionally(e);
                    }
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("the log is closing; the next start replays instead");
            done.completeExceptionally(e);
        }
        return done;
    }

    private void failed(Throwable e) {
        if (e instanceof Checkpointer.SyncFailure unsynced) {
            LOG.error("the log failed; nothing is acknowledged until the node is restarted", e);
            syncFailed(unsynced);
        } else if (e instanceof IOException) {
            if (failure.isEmpty()) {
                LOG.error("writing shard files failed; it is tried again, and the write-ahead log keeps growing", e);
            }
            failure = "shard files: " + e.getMessage();
        } else {
            LOG.error("a task of the log failed", e);
            failure = "log: " + e;
        }
    }

    /** Notes that all that was due is done. */
    void succeeded() {
        failure = "";
    }

    /** Returns what went wrong last; empty if nothing did since all was well. */
    String failure() {
        return failure;
    }
}
