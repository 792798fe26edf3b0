package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.Appended;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.LogBusyException;
import io.millrace.ingest.log.LogFailedException;
import io.millrace.ingest.log.LogFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes the write-ahead log.
 *
 * <p>It takes everything that waits, writes it at once, syncs once and completes everybody: while a sync runs, the next
 * group gathers. There is no timer; a lone append waits for one sync.
 *
 * <p>After any failure to write or sync, nothing is acknowledged any more: a failed sync is not retried, since the
 * kernel may already have dropped the pages. Only a restart, and with it recovery, finds out what survived.
 */
final class WalWriter implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(WalWriter.class);
    private static final long GROUP_BYTES = 4 * 1024 * 1024;
    private static final int MOST_BUFFER_BYTES = 1024 * 1024;
    private static final long IDLE_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** What the writer tells the rest of the log. Called on the writer's thread; must be quick. */
    interface Observer {
        /** A shard's tail has grown to this size. */
        void tailGrew(Shard shard, long tailBytes);

        /** So many bytes were appended since the log was opened. */
        void appended(long walBytes);
    }

    private record Pending(List<Frame> frames, long sizeBytes, CompletableFuture<List<Appended>> done) {}

    /**
     * What the writer works with.
     *
     * @param nextFrame the number of the first frame it writes
     */
    record Parts(
            ShardTable shards,
            WalSegments segments,
            InstantSource clock,
            Memory memory,
            DiskGuard guard,
            WalMeter meter,
            LogOptions options,
            long nextFrame) {}

    private final Parts parts;
    private final Observer observer;
    private final AtomicLong queuedBytes = new AtomicLong();
    private final BlockingQueue<Pending> queue = new LinkedBlockingQueue<>();
    private final ByteBuffer buffer;

    private @Nullable WalSegment segment;
    private long nextNumber;
    private long syncedNumber;
    private long markNumber;
    private boolean unsynced;
    private long lastSyncNanos;
    private long walBytes;
    private volatile long publishedNumber;
    private volatile boolean closing;
    private volatile @Nullable IOException failure;
    private volatile String trouble = "";

    WalWriter(Parts parts, Observer observer) {
        this.parts = parts;
        this.observer = observer;
        this.nextNumber = parts.nextFrame();
        this.syncedNumber = nextNumber - 1; // recovery has synced what it found
        this.markNumber = syncedNumber;
        this.publishedNumber = syncedNumber;
        int bufferBytes = (int) Math.min(MOST_BUFFER_BYTES, parts.options().walFileBytes());
        this.buffer = ByteBuffer.allocateDirect(bufferBytes + WalSegment.PAGE_BYTES)
                .alignedSlice(WalSegment.PAGE_BYTES)
                .slice(0, bufferBytes);
    }

    /** Queues frames that are acknowledged together. Any thread. */
    CompletableFuture<List<Appended>> enqueue(List<Frame> frames) {
        if (frames.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        long size = 0;
        for (Frame frame : frames) {
            size += frame.sizeBytes();
        }
        if (parts.guard().isFull()) {
            parts.meter().refused();
            return CompletableFuture.failedFuture(
                    new LogFullException(parts.guard().message()));
        }
        if (!parts.memory().tryTake(size)) {
            parts.meter().refused();
            return CompletableFuture.failedFuture(new LogBusyException(
                    parts.memory().usedBytes() + size, parts.memory().limitBytes()));
        }
        queuedBytes.addAndGet(size);
        CompletableFuture<List<Appended>> done = new CompletableFuture<>();
        queue.add(new Pending(frames, size, done));
        if (failure != null || closing) {
            failQueued(); // the thread may already have looked for the last time
        }
        return done;
    }

    @Nullable
    IOException failure() {
        return failure;
    }

    /** Returns why appends are refused for now; empty when they are not. It is tried again by itself. */
    String trouble() {
        return trouble;
    }

    /** Stops acknowledging, because of what another part of the log met. */
    void fail(IOException cause) {
        if (failure == null) {
            failure = cause;
        }
        closing = true;
        wake();
    }

    /** Returns the number up to which all frames are with their shards. */
    long publishedNumber() {
        return publishedNumber;
    }

    /** Asks the thread to write what is queued and to end. */
    void close() {
        closing = true;
        wake();
    }

    private void wake() {
        queue.add(new Pending(List.of(), 0, CompletableFuture.completedFuture(List.of())));
    }

    @Override
    public void run() {
        try {
            while (failure == null && (!closing || !queue.isEmpty())) {
                step(pollNanos());
            }
            if (failure == null) {
                guarded(this::finish);
            }
        } catch (Error e) { // such as too little memory: the thread ends, and nobody may wait for it
            failure = new IOException("the log's writer ended", e);
            throw e;
        } finally {
            closing = true;
            failQueued();
        }
    }

    /** Waits for appends, at most so long, and deals with those that are there. */
    void step(long waitNanos) {
        guarded(() -> {
            List<Pending> group = nextGroup(waitNanos);
            if (group.isEmpty()) {
                markSynced();
            } else {
                commitOrRefuse(group);
            }
            syncIfDue();
        });
    }

    /** Whatever goes wrong, nobody waits for it. */
    private void commitOrRefuse(List<Pending> group) throws IOException, InterruptedException {
        try {
            commit(group);
        } catch (IOException e) {
            refuse(group, new LogFailedException(e));
            throw e;
        } catch (InterruptedException | RuntimeException | Error e) {
            refuse(group, e);
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
            failure = e;
            LOG.error("the write-ahead log failed; nothing is acknowledged until the node is restarted", e);
        } catch (InterruptedException e) {
            failure = new IOException("the log's writer was interrupted", e);
        } catch (RuntimeException e) { // the outermost frame of the thread: a defect must not leave appends waiting
            failure = new IOException("the log's writer failed", e);
            LOG.error("the write-ahead log failed; nothing is acknowledged until the node is restarted", e);
        }
    }

    private long pollNanos() {
        return parts.options().durability() instanceof Durability.Interval interval
                ? Math.min(IDLE_POLL_NANOS, interval.every().toNanos())
                : IDLE_POLL_NANOS;
    }

    private List<Pending> nextGroup(long waitNanos) throws InterruptedException {
        List<Pending> group = new ArrayList<>();
        long size = 0;
        Pending next = queue.poll();
        if (next == null) {
            next = queue.poll(waitNanos, TimeUnit.NANOSECONDS);
        }
        while (next != null) {
            group.add(next);
            size += next.sizeBytes();
            next = size < GROUP_BYTES ? queue.poll() : null;
        }
        return group;
    }

    private void commit(List<Pending> group) throws IOException, InterruptedException {
        long size = 0;
        for (Pending pending : group) {
            size += pending.sizeBytes();
        }
        if (size == 0) {
            return;
        }
        if (!awaitShardFiles()) {
            refuse(
                    group,
                    new LogBusyException(
                            parts.memory().usedBytes(), parts.memory().limitBytes()));
            return;
        }
        WalSegment current;
        try {
            current = segmentFor(size);
        } catch (LogFullException | WalSegments.NoFileException e) {
            refuse(group, e); // nothing of it was written; the next group may fare better
            return;
        }
        List<Frame> frames = stamped(group);
        current.append(frames);
        unsynced = true;
        if (parts.options().durability() instanceof Durability.Fsync) {
            sync();
        }
        publish(frames);
        queuedBytes.addAndGet(-size);
        for (Pending pending : group) {
            pending.done().complete(resultsOf(pending));
        }
        parts.meter().appended(frames, size);
        walBytes += size;
        observer.appended(walBytes);
    }

    /**
     * Lets the shard files catch up when most of the memory waits for them: appends then take as long as the files do,
     * and the rest of the memory holds those that wait. Returns whether there is room.
     */
    private boolean awaitShardFiles() throws InterruptedException {
        long most = parts.memory().limitBytes() / 4 * 3;
        return parts.memory().awaitAtMost(most, queuedBytes, parts.options().patience());
    }

    private void refuse(List<Pending> group, Throwable cause) {
        for (Pending pending : group) {
            if (pending.done().isDone()) {
                continue; // wakes the thread, or went well before the rest failed
            }
            queuedBytes.addAndGet(-pending.sizeBytes());
            parts.memory().give(pending.sizeBytes());
            parts.meter().refused();
            pending.done().completeExceptionally(cause);
        }
    }

    /** Gives every frame its number, offset and time. */
    private List<Frame> stamped(List<Pending> group) {
        List<Frame> frames = new ArrayList<>();
        long now = parts.clock().millis();
        for (Pending pending : group) {
            for (Frame frame : pending.frames()) {
                frame.number(nextNumber++, syncedNumber);
                parts.shards().get(frame.shard()).place(frame, now);
                frames.add(frame);
            }
        }
        return frames;
    }

    private void publish(List<Frame> frames) {
        for (Frame frame : frames) {
            Shard shard = parts.shards().get(frame.shard());
            observer.tailGrew(shard, shard.publish(frame));
        }
        publishedNumber = nextNumber - 1;
    }

    private static List<Appended> resultsOf(Pending pending) {
        List<Appended> results = new ArrayList<>(pending.frames().size());
        for (Frame frame : pending.frames()) {
            results.add(new Appended(frame.baseOffset(), frame.arrivalEpochMillis()));
        }
        return results;
    }

    /** Puts a mark behind the last synced frames when no other frame comes to say that they were synced. */
    private void markSynced() throws IOException {
        if (syncedNumber > markNumber || !trouble.isEmpty()) {
            Frame mark = Frame.mark();
            try {
                WalSegment current =
                        trouble.isEmpty() ? segmentFor(mark.sizeBytes()) : nextSegmentFor(mark.sizeBytes());
                markNumber = nextNumber++;
                mark.number(markNumber, syncedNumber);
                current.append(List.of(mark));
                unsynced = true;
                publishedNumber = markNumber;
            } catch (LogFullException | WalSegments.NoFileException e) {
                LOG.debug("no room for a mark: {}", e.getMessage());
            }
        }
    }

    /** Returns the segment being written, after beginning a new one when so many bytes do not fit in it. */
    private WalSegment segmentFor(long frameBytes) throws IOException {
        WalSegment current = segment;
        return current != null && current.hasRoomFor(frameBytes) ? current : nextSegmentFor(frameBytes);
    }

    private WalSegment nextSegmentFor(long frameBytes) throws IOException {
        WalSegment current = segment;
        if (current != null && unsynced) {
            sync();
        }
        WalSegment next = nextSegment(frameBytes);
        if (current != null) {
            parts.segments().retire(current, nextNumber - 1);
        }
        segment = next;
        return next;
    }

    private WalSegment nextSegment(long frameBytes) throws LogFullException, WalSegments.NoFileException {
        try {
            WalSegment next = parts.segments().next(frameBytes, nextNumber, buffer);
            trouble = "";
            return next;
        } catch (WalSegments.NoFileException e) {
            if (trouble.isEmpty()) {
                LOG.error("appends are refused until it can; it is tried again", e);
            }
            trouble = String.valueOf(e.getMessage());
            throw e;
        }
    }

    private void syncIfDue() throws IOException {
        if (unsynced && parts.options().durability() instanceof Durability.Interval interval) {
            if (System.nanoTime() - lastSyncNanos >= interval.every().toNanos()) {
                sync();
            }
        }
    }

    private void sync() throws IOException {
        WalSegment current = segment;
        if (current != null) {
            long began = System.nanoTime();
            current.sync();
            lastSyncNanos = System.nanoTime();
            parts.meter().synced(lastSyncNanos - began);
        }
        syncedNumber = nextNumber - 1;
        unsynced = false;
    }

    private void finish() throws IOException {
        WalSegment current = segment;
        if (current != null) {
            sync();
            parts.segments().retire(current, nextNumber - 1);
            segment = null;
        }
    }

    private void failQueued() {
        IOException cause = failure;
        IOException reason = cause != null ? new LogFailedException(cause) : new IOException("the log is closed");
        for (Pending pending = queue.poll(); pending != null; pending = queue.poll()) {
            queuedBytes.addAndGet(-pending.sizeBytes());
            parts.memory().give(pending.sizeBytes());
            pending.done().completeExceptionally(reason);
        }
    }
}
