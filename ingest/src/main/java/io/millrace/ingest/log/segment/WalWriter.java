package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.Appended;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.LogBusyException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
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
    private static final int GROUP_BYTES = 4 * 1024 * 1024;
    private static final int SCRATCH_BYTES = 1024 * 1024;
    private static final long SEGMENT_BYTES = 64L * 1024 * 1024;
    private static final long IDLE_POLL_MILLIS = 200;

    /** What the writer tells the rest of the log. Called on the writer's thread; must be quick. */
    interface Observer {
        /** A shard's tail has grown to this size. */
        void tailGrew(Shard shard, long tailBytes);

        /** A segment is full; frames up to this number are in it or in earlier ones. */
        void segmentClosed(WalSegment segment, long lastNumber);
    }

    /** Makes the next segment file. */
    @FunctionalInterface
    interface SegmentFactory {
        WalSegment next() throws IOException;
    }

    private record Pending(List<Frame> frames, long sizeBytes, CompletableFuture<List<Appended>> done) {}

    private final ShardTable shards;
    private final SegmentFactory segments;
    private final Durability durability;
    private final InstantSource clock;
    private final Observer observer;
    private final long queueLimitBytes;
    private final BlockingQueue<Pending> queue = new LinkedBlockingQueue<>();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);

    private WalSegment segment;
    private long nextNumber;
    private long syncedNumber;
    private long markNumber;
    private boolean unsynced;
    private long lastSyncNanos;
    private volatile boolean closing;
    private volatile @Nullable IOException failure;

    WalWriter(
            ShardTable shards,
            SegmentFactory segments,
            long nextNumber,
            Durability durability,
            InstantSource clock,
            long queueLimitBytes,
            Observer observer)
            throws IOException {
        this.shards = shards;
        this.segments = segments;
        this.durability = durability;
        this.clock = clock;
        this.observer = observer;
        this.nextNumber = nextNumber;
        this.queueLimitBytes = queueLimitBytes;
        this.syncedNumber = nextNumber - 1; // recovery has synced what it found
        this.segment = segments.next();
    }

    /** Queues frames that are acknowledged together. Any thread. */
    CompletableFuture<List<Appended>> enqueue(List<Frame> frames) {
        long size = frames.stream().mapToLong(Frame::sizeBytes).sum();
        long queued = queuedBytes.addAndGet(size);
        if (queued > queueLimitBytes) {
            queuedBytes.addAndGet(-size);
            return CompletableFuture.failedFuture(new LogBusyException(queued, queueLimitBytes));
        }
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

    /** Asks the thread to write what is queued and to end. */
    void close() {
        closing = true;
        queue.add(new Pending(List.of(), 0, new CompletableFuture<>())); // wakes it
    }

    @Override
    public void run() {
        try {
            while (!closing || !queue.isEmpty()) {
                List<Pending> group = nextGroup();
                if (group.isEmpty()) {
                    markSynced();
                } else {
                    commit(group);
                }
                syncIfDue();
            }
            segment.sync();
            segment.close();
            observer.segmentClosed(segment, nextNumber - 1);
        } catch (IOException e) {
            failure = e;
            LOG.error("the write-ahead log failed; nothing is acknowledged until the node is restarted", e);
        } catch (InterruptedException e) {
            failure = new IOException("the log's writer was interrupted", e);
        } catch (RuntimeException e) { // the outermost frame of the thread: a defect must not leave appends waiting
            failure = new IOException("the log's writer failed", e);
            LOG.error("the write-ahead log failed; nothing is acknowledged until the node is restarted", e);
        }
        closing = true;
        failQueued();
    }

    private List<Pending> nextGroup() throws InterruptedException {
        List<Pending> group = new ArrayList<>();
        Pending first = queue.poll(IDLE_POLL_MILLIS, TimeUnit.MILLISECONDS);
        long size = 0;
        for (Pending next = first; next != null; next = size < GROUP_BYTES ? queue.poll() : null) {
            group.add(next);
            size += next.sizeBytes();
        }
        return group;
    }

    private void commit(List<Pending> group) throws IOException {
        List<Frame> frames = new ArrayList<>();
        long now = clock.millis();
        for (Pending pending : group) {
            for (Frame frame : pending.frames()) {
                frame.number(nextNumber++, syncedNumber);
                shards.get(frame.shard()).place(frame, now);
                frames.add(frame);
            }
        }
        try {
            segment.append(frames, scratch);
            unsynced = true;
            if (durability instanceof Durability.Fsync) {
                sync();
            }
        } catch (IOException | RuntimeException e) {
            group.forEach(pending -> pending.done().completeExceptionally(e));
            throw e;
        }
        for (Frame frame : frames) {
            Shard shard = shards.get(frame.shard());
            observer.tailGrew(shard, shard.publish(frame));
        }
        for (Pending pending : group) {
            queuedBytes.addAndGet(-pending.sizeBytes());
            pending.done().complete(resultsOf(pending));
        }
        rollIfFull();
    }

    private static List<Appended> resultsOf(Pending pending) {
        return pending.frames().stream()
                .map(frame -> new Appended(frame.baseOffset(), frame.arrivalEpochMillis()))
                .toList();
    }

    /** Puts a mark behind the last synced frames when no other frame comes to say that they were synced. */
    private void markSynced() throws IOException {
        if (syncedNumber > markNumber) {
            markNumber = nextNumber++;
            Frame mark = Frame.mark();
            mark.number(markNumber, syncedNumber);
            segment.append(List.of(mark), scratch);
            unsynced = true;
        }
    }

    private void syncIfDue() throws IOException {
        if (unsynced && durability instanceof Durability.Interval interval) {
            Duration since = Duration.ofNanos(System.nanoTime() - lastSyncNanos);
            if (since.compareTo(interval.every()) >= 0) {
                sync();
            }
        }
    }

    private void sync() throws IOException {
        segment.sync();
        syncedNumber = nextNumber - 1;
        unsynced = false;
        lastSyncNanos = System.nanoTime();
    }

    private void rollIfFull() throws IOException {
        if (segment.writtenBytes() >= SEGMENT_BYTES) {
            WalSegment full = segment;
            sync();
            full.close();
            segment = segments.next();
            observer.segmentClosed(full, nextNumber - 1);
        }
    }

    private void failQueued() {
        IOException cause = failure;
        IOException reason = cause != null
                ? new IOException("the write-ahead log failed earlier: " + cause.getMessage(), cause)
                : new IOException("the log is closed");
        for (Pending pending = queue.poll(); pending != null; pending = queue.poll()) {
            queuedBytes.addAndGet(-pending.sizeBytes());
            pending.done().completeExceptionally(reason);
        }
    }
}
