package io.millrace.durable.commit;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes a log.
 *
 * <p>It takes everything that waits and gives it to the log as one group, which the log writes, syncs once and
 * completes: while a sync runs, the next group gathers. There is no timer; a lone item waits for one sync.
 *
 * <p>After any failure nothing is accepted any more: a failed sync is not retried, since the kernel may already have
 * dropped the pages. Only a restart, and with it recovery, finds out what survived. A group that a log cannot take for
 * now, such as for want of room, is failed by the log itself, and the next one is tried.
 *
 * <p>Every future completes: the log completes it, or it fails with the reason for which the thread ended.
 *
 * @param <T> what a caller appends at once
 * @param <R> what the caller is told when it is durable
 */
public final class GroupCommit<T, R> implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

    /** What a group is written to. Called on the writer's thread, but for {@link #dropped}. */
    public interface Log<T, R> {

        /** Returns what the log is called in messages, such as "the fragment log". */
        String name();

        /**
         * Writes a group, makes it durable and completes or fails each of its entries. Those that are not done when it
         * throws fail with what it throws, and the log is not written to again.
         */
        void commit(List<GroupCommit<T, R>.Entry> group) throws IOException, InterruptedException;

        /** Called when nothing has come for a while. */
        default void idle() throws IOException {}

        /** Called after each group and each while without one. */
        default void afterStep() throws IOException {}

        /** Makes what was written durable; called once, after the last group, unless something has failed. */
        void finish() throws IOException;

        /** Takes note that an item was not written: it was refused, or the log has failed. Any thread. */
        default void dropped(T item) {}

        /** Returns what callers are told after a failure; the exception is new, or may be shared. */
        IOException stopped(IOException failure);
    }

    /** An item that waits for being durable. Its log completes it or fails it, once. */
    public final class Entry {
        private final @Nullable T item;
        private final long sizeBytes;
        private final CompletableFuture<R> done = new CompletableFuture<>();

        private Entry(@Nullable T item, long sizeBytes) {
            this.item = item;
            this.sizeBytes = sizeBytes;
        }

        public T item() {
            return Objects.requireNonNull(item);
        }

        public long sizeBytes() {
            return sizeBytes;
        }

        /** Tells the caller that the item is durable. */
        public void complete(R result) {
            queuedBytes.addAndGet(-sizeBytes);
            done.complete(result);
        }

        /** Tells the caller why the item was not written. An entry that is done already stays as it is. */
        public void fail(Throwable cause) {
            if (!done.isDone()) {
                queuedBytes.addAndGet(-sizeBytes);
                log.dropped(item());
                done.completeExceptionally(cause);
            }
        }
    }

    private final Log<T, R> log;
    private final long groupBytes;
    private final long idleNanos;
    private final AtomicLong queuedBytes = new AtomicLong();
    private final BlockingQueue<Entry> queue = new LinkedBlockingQueue<>();
    private final Entry wake = new Entry(null, 0);
    /** Made ahead, for the end by too little memory. */
    private final IOException ended;

    private volatile boolean closing;
    private volatile @Nullable IOException failure;

    /**
     * Makes a writer that {@link #run} lets write.
     *
     * @param groupBytes the size from which on a group takes no further items
     * @param idleAfter how long to wait for items before the log is told that there are none
     */
    public GroupCommit(Log<T, R> log, long groupBytes, Duration idleAfter) {
        this.log = log;
        this.groupBytes = groupBytes;
        this.idleNanos = idleAfter.toNanos();
        this.ended = new IOException(log.name() + "'s writer ended");
    }

    /** Queues an item; the future completes on the writer's thread. Any thread. */
    public CompletableFuture<R> enqueue(T item, long sizeBytes) {
        Entry entry = new Entry(item, sizeBytes);
        queuedBytes.addAndGet(sizeBytes);
        queue.add(entry);
        if (failure != null || closing) {
            failQueued(); // the thread may already have looked for the last time
        }
        return entry.done;
    }

    /** Returns the size of all items that are neither completed nor failed. */
    public long queuedBytes() {
        return queuedBytes.get();
    }

    /** Returns why nothing is accepted any more; null while it is not so. */
    public @Nullable IOException failure() {
        return failure;
    }

    /** Stops accepting, because of what another part of the log met. */
    public void fail(IOException cause) {
        if (failure == null) {
            failure = cause;
        }
        close();
    }

    /** Asks the thread to write what is queued and to end. */
    public void close() {
        closing = true;
        queue.add(wake);
    }

    @Override
    public void run() {
        try {
            while (failure == null && (!closing || !queue.isEmpty())) {
                step(idleNanos);
            }
            if (failure == null) {
                guarded(log::finish);
            }
        } catch (Error e) { // such as too little memory: the thread ends, and its handler decides about the process
            failure = endedBy(e);
            throw e;
        } finally {
            closing = true;
            failQueued();
        }
    }

    private IOException endedBy(Error e) {
        try {
            return new IOException(log.name() + "'s writer ended: " + e, e);
        } catch (OutOfMemoryError none) {
            return ended;
        }
    }

    /** Waits up to {@code waitNanos} for items and has the log write them. For {@link #run} and for tests. */
    public void step(long waitNanos) {
        guarded(() -> {
            List<Entry> group = nextGroup(waitNanos);
            if (!group.isEmpty()) {
                commit(group);
            } else if (!closing) {
                log.idle();
            }
            log.afterStep();
        });
    }

    private List<Entry> nextGroup(long waitNanos) throws InterruptedException {
        List<Entry> group = new ArrayList<>();
        long size = 0;
        Entry next = queue.poll();
        if (next == null) {
            next = queue.poll(waitNanos, TimeUnit.NANOSECONDS);
        }
        while (next != null) {
            if (next != wake) {
                group.add(next);
                size += next.sizeBytes;
            }
            next = size < groupBytes ? queue.poll() : null;
        }
        return group;
    }

    private void commit(List<Entry> group) throws IOException, InterruptedException {
        try {
            log.commit(group);
        } catch (IOException e) {
            IOException told = log.stopped(e);
            group.forEach(entry -> entry.fail(told));
            throw e;
        } catch (InterruptedException | RuntimeException | Error e) {
            group.forEach(entry -> entry.fail(e));
            throw e;
        }
    }

    @FunctionalInterface
    private interface DiskWork {
        void run() throws IOException, InterruptedException;
    }

    private void guarded(DiskWork work) {
        try {
            work.run();
        } catch (IOException e) {
            stop(e, e);
        } catch (InterruptedException e) {
            stop(new IOException(log.name() + "'s writer was interrupted", e), e);
        } catch (RuntimeException e) { // the outermost frame of the thread: a defect must not leave callers waiting
            stop(new IOException(log.name() + "'s writer failed: " + e, e), e);
        }
    }

    private void stop(IOException reason, Exception cause) {
        failure = reason;
        LOG.error("{} failed; nothing is accepted until the node is restarted", log.name(), cause);
    }

    private void failQueued() {
        Throwable reason = reason();
        for (Entry entry = queue.poll(); entry != null; entry = queue.poll()) {
            if (entry != wake) {
                entry.fail(reason);
            }
        }
    }

    private Throwable reason() {
        IOException cause = failure;
        try {
            return cause != null ? log.stopped(cause) : new IOException(log.name() + " is closed");
        } catch (OutOfMemoryError none) {
            return ended;
        }
    }
}
