package io.millrace.ingest.log.segment;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes a log's checkpoints, one at a time and when they are due.
 *
 * <p>A checkpoint is drawn up on the background thread, which then goes on moving records to the shard files, while the
 * files that it names are synced by several threads: a file system makes the syncs of many files durable together, and
 * one after the other those of a thousand shards took seconds, in which the write-ahead log grew. When all are
 * durable the background thread saves what was drawn up. Thread-safe.
 */
final class Checkpoints {
    private final Checkpointer checkpointer;
    private final Background background;
    private final LogOptions options;
    private final LongSupplier publishedNumber;

    private final AtomicBoolean underWay = new AtomicBoolean();
    private volatile long walBytes;
    private volatile long walBytesAtLast;
    private volatile long lastNumber;
    private volatile long savedAtNanos = System.nanoTime();
    private final LongAdder count = new LongAdder();
    private final LongAdder nanos = new LongAdder();

    /**
     * @param publishedNumber returns the number up to which all frames are with their shards
     * @param lastNumber the number up to which the last checkpoint of an earlier run goes
     */
    Checkpoints(
            Checkpointer checkpointer,
            Background background,
            LogOptions options,
            LongSupplier publishedNumber,
            long lastNumber) {
        this.checkpointer = checkpointer;
        this.background = background;
        this.options = options;
        this.publishedNumber = publishedNumber;
        this.lastNumber = lastNumber;
    }

    /** Returns how many were taken. */
    long count() {
        return count.sum();
    }

    /** Returns how long they took together, from the first step to the last. */
    double seconds() {
        return nanos.sum() / 1e9;
    }

    /** Takes note of how many bytes were appended since the log was opened. */
    void appended(long total) {
        walBytes = total;
        if (total - walBytesAtLast >= options.checkpointBytes()) {
            takeSoon();
        }
    }

    /** Tells whether there are frames that no checkpoint has covered for so long that one should. */
    boolean isDue() {
        return isOlderThan(options.checkpointEvery()) && publishedNumber.getAsLong() > lastNumber;
    }

    boolean isOlderThan(Duration age) {
        return System.nanoTime() - savedAtNanos >= age.toNanos();
    }

    /** Takes one unless one is being taken. */
    void takeSoon() {
        if (underWay.compareAndSet(false, true)) {
            take().whenComplete((taken, failure) -> underWay.set(false));
        }
    }

    /** Takes one. The result says whether it was; what failed is known to the {@link Background} already. */
    CompletableFuture<Void> take() {
        long began = System.nanoTime();
        CompletableFuture<Checkpointer.Draft> drawn = new CompletableFuture<>();
        CompletableFuture<Void> begun = background.run(() -> {
            walBytesAtLast = walBytes;
            drawn.complete(checkpointer.draw(publishedNumber.getAsLong()));
        });
        return begun.thenCompose(done -> drawn)
                .thenCompose(draft -> synced(draft).thenCompose(failure -> end(draft, failure, began)));
    }

    /** Makes durable what a draft covers, and gives what kept it from that. */
    private CompletableFuture<@Nullable Throwable> synced(Checkpointer.Draft draft) {
        CompletableFuture<?>[] syncs =
                draft.unsynced().stream().map(background::sync).toArray(CompletableFuture[]::new);
        return CompletableFuture.allOf(syncs).handle((all, failure) -> failure);
    }

    private CompletableFuture<Void> end(Checkpointer.Draft draft, @Nullable Throwable failure, long began) {
        if (failure != null) {
            checkpointer.drop(draft);
            return CompletableFuture.failedFuture(failure);
        }
        return background.run(() -> {
            if (checkpointer.save(draft)) {
                lastNumber = draft.lastNumber();
                savedAtNanos = System.nanoTime();
                nanos.add(savedAtNanos - began);
                count.increment();
                background.succeeded();
            }
        });
    }
}
