package io.millrace.ingest.log.segment;

import io.millrace.durable.commit.GroupCommit;
import io.millrace.durable.disk.DiskFullException;
import io.millrace.durable.disk.DiskGuard;
import io.millrace.ingest.log.Appended;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.LogBusyException;
import io.millrace.ingest.log.LogFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the write-ahead log does with a group of appends: numbers and stamps the frames, writes them, syncs, and hands
 * them to their shards. {@link GroupCommit} gathers the groups and has the promises about callers and failures.
 *
 * <p>Confined to the writer's thread, but for what says otherwise.
 */
final class WalWriter implements GroupCommit.Log<List<Frame>, List<Appended>> {
    private static final Logger LOG = LoggerFactory.getLogger(WalWriter.class);
    private static final long GROUP_BYTES = 4 * 1024 * 1024;
    private static final int MOST_BUFFER_BYTES = 1024 * 1024;
    private static final Duration IDLE_AFTER = Duration.ofMillis(200);

    /** What the writer tells the rest of the log. Called on the writer's thread; must be quick. */
    interface Observer {
        /** A shard's tail has grown to this size. */
        void tailGrew(Shard shard, long tailBytes);

        /** So many bytes were appended since the log was opened. */
        void appended(long walBytes);
    }

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
    private final GroupCommit<List<Frame>, List<Appended>> commits;
    private final ByteBuffer buffer;

    private @Nullable WalSegment segment;
    private long nextNumber;
    private long syncedNumber;
    private long markNumber;
    private boolean unsynced;
    private long lastSyncNanos;
    private long walBytes;
    private volatile long publishedNumber;
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
        this.commits =
                new GroupCommit<>(this, GROUP_BYTES, idleAfter(parts.options().durability()));
    }

    private static Duration idleAfter(Durability durability) {
        return durability instanceof Durability.Interval interval
                        && interval.every().compareTo(IDLE_AFTER) < 0
                ? interval.every()
                : IDLE_AFTER;
    }

    /** Queues frames that are acknowledged together. Any thread. */
    CompletableFuture<List<Appended>> enqueue(List<Frame> frames) {
        if (frames.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        long size = sizeOf(frames);
        if (parts.guard().isFull()) {
            parts.meter().refused();
            return CompletableFuture.failedFuture(
                    new DiskFullException(parts.guard().message()));
        }
        if (!parts.memory().tryTake(size)) {
            parts.meter().refused();
            return CompletableFuture.failedFuture(new LogBusyException(
                    parts.memory().usedBytes() + size, parts.memory().limitBytes()));
        }
        return commits.enqueue(frames, size);
    }

    /** Returns the loop in which all is written; it ends after {@link #close}, or a failure. */
    Runnable loop() {
        return commits;
    }

    /** Waits up to {@code waitNanos} for appends and writes them: for tests. */
    void step(long waitNanos) {
        commits.step(waitNanos);
    }

    /** Returns why appends are refused until a restart; null while they are not. Any thread. */
    @Nullable
    IOException failure() {
        return commits.failure();
    }

    /** Returns why appends are refused for now; empty when they are not. It is tried again by itself. Any thread. */
    String trouble() {
        return trouble;
    }

    /** Stops acknowledging, because of what another part of the log met. Any thread. */
    void fail(IOException cause) {
        commits.fail(cause);
    }

    /** Returns the number up to which all frames are with their shards. Any thread. */
    long publishedNumber() {
        return publishedNumber;
    }

    /** Asks the thread to write what is queued and to end. Any thread. */
    void close() {
        commits.close();
    }

    @Override
    public String name() {
        return "the log";
    }

    @Override
    public IOException stopped(IOException failure) {
        return new LogFailedException(failure);
    }

    @Override
    public void dropped(List<Frame> frames) {
        parts.memory().give(sizeOf(frames));
        parts.meter().refused();
    }

    private static long sizeOf(List<Frame> frames) {
        long size = 0;
        for (Frame frame : frames) {
            size += frame.sizeBytes();
        }
        return size;
    }

    @Override
    public void commit(List<GroupCommit<List<Frame>, List<Appended>>.Entry> group)
            throws IOException, InterruptedException {
        if (!awaitShardFiles()) {
            refuse(
                    group,
                    new LogBusyException(
                            parts.memory().usedBytes(), parts.memory().limitBytes()));
            return;
        }
        long size = 0;
        for (var entry : group) {
            size += entry.sizeBytes();
        }
        WalSegment current;
        try {
            current = segmentFor(size);
        } catch (DiskFullException | WalSegments.NoFileException e) {
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
        for (var entry : group) {
            entry.complete(resultsOf(entry.item()));
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
        return parts.memory()
                .awaitAtMost(most, commits::queuedBytes, parts.options().patience());
    }

    private static void refuse(List<GroupCommit<List<Frame>, List<Appended>>.Entry> group, Exception cause) {
        group.forEach(entry -> entry.fail(cause));
    }

    /** Gives every frame its number, offset and time. */
    private List<Frame> stamped(List<GroupCommit<List<Frame>, List<Appended>>.Entry> group) {
        List<Frame> frames = new ArrayList<>();
        long now = parts.clock().millis();
        for (var entry : group) {
            for (Frame frame : entry.item()) {
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

    private static List<Appended> resultsOf(List<Frame> frames) {
        List<Appended> results = new ArrayList<>(frames.size());
        for (Frame frame : frames) {
            results.add(new Appended(frame.baseOffset(), frame.arrivalEpochMillis()));
        }
        return results;
    }

    /** Puts a mark behind the last synced frames when no other frame comes to say that they were synced. */
    @Override
    public void idle() throws IOException {
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
            } catch (DiskFullException | WalSegments.NoFileException e) {
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

    private WalSegment nextSegment(long frameBytes) throws DiskFullException, WalSegments.NoFileException {
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

    @Override
    public void afterStep() throws IOException {
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

    @Override
    public void finish() throws IOException {
        WalSegment current = segment;
        if (current != null) {
            sync();
            parts.segments().retire(current, nextNumber - 1);
            segment = null;
        }
    }
}
