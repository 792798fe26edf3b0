package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.StoredRecord;
import io.millrace.protocol.state.DocumentStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One shard: its segment files and, behind them, the durable frames that are not in a file yet (the tail).
 *
 * <p>Invariants: the segments and then the tail hold every kept record once, in the order of offsets; {@link #endOffset()}
 * is behind the last frame of the tail, and only durable frames are in it.
 *
 * <p>Threads: {@code nextOffset} and {@code lastArrival} belong to the writer thread. {@code files} guards the segments
 * and is held during disk access; the object's own monitor guards the tail, the ends and the waiters, and is held for
 * moments only. Where both are needed, {@code files} is taken first.
 */
final class Shard {
    private static final int SEGMENT_BYTES = 64 * 1024 * 1024;
    private static final long SEGMENT_SPAN_MILLIS = 3_600_000;

    private final long number;
    private final Path directory;
    private final Object files = new Object();
    private final List<ShardSegment> segments = new ArrayList<>();
    private final Deque<Frame> tail = new ArrayDeque<>();
    private final TreeMap<Long, List<CompletableFuture<Void>>> waiters = new TreeMap<>();

    private long nextOffset;
    private long lastArrival;
    private long firstOffset;
    private long endOffset;
    private long tailBytes;
    private boolean removed;

    Shard(long number, Path directory) {
        this.number = number;
        this.directory = directory;
    }

    /**
     * Where a shard's files stood at a checkpoint.
     *
     * @param activeBase the base offset of the newest segment; negative when the shard has no file
     * @param activeBytes how much of the newest segment is durable
     */
    record Position(long shard, long endOffset, long lastArrival, long activeBase, long activeBytes) {}

    // ---- writer thread

    /** Gives a frame its place in the shard. */
    void place(Frame frame, long nowEpochMillis) {
        lastArrival = Math.max(lastArrival, nowEpochMillis);
        frame.place(nextOffset, lastArrival);
        nextOffset += frame.count();
    }

    /** Shows a durable frame to readers and wakes those who waited for it. Returns the bytes in the tail. */
    long publish(Frame frame) {
        List<CompletableFuture<Void>> woken = new ArrayList<>();
        long bytes;
        synchronized (this) {
            tail.addLast(frame);
            tailBytes += frame.sizeBytes();
            endOffset = frame.endOffset();
            while (!waiters.isEmpty() && waiters.firstKey() < endOffset) {
                woken.addAll(waiters.pollFirstEntry().getValue());
            }
            bytes = tailBytes;
        }
        woken.forEach(waiter -> waiter.complete(null));
        return bytes;
    }

    // ---- recovery, before any other thread runs

    /** Opens the files of a checkpoint and drops what was written to them later: the write-ahead log has it. */
    void recover(Position position) throws IOException {
        for (Path file : segmentFiles()) {
            long base = ShardSegment.baseOffsetOf(file);
            if (base > position.activeBase()) {
                Files.delete(file);
            } else {
                if (base == position.activeBase()) {
                    cut(file, position.activeBytes());
                }
                segments.add(ShardSegment.open(file, number));
            }
        }
        firstOffset =
                segments.isEmpty() ? position.endOffset() : segments.get(0).baseOffset();
        endOffset = position.endOffset();
        nextOffset = endOffset;
        lastArrival = position.lastArrival();
    }

    private static void cut(Path file, long length) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            if (channel.size() < length) {
                throw new IOException("%s: %d bytes (expected: at least %d)".formatted(file, channel.size(), length));
            }
            channel.truncate(length);
        }
    }

    /** Takes a frame of the write-ahead log unless the files have it already. Returns the bytes in the tail. */
    long replay(Frame frame) throws IOException {
        if (frame.baseOffset() < nextOffset) {
            return tailBytes;
        }
        if (frame.baseOffset() > nextOffset) {
            if (nextOffset > 0) {
                throw new IOException("shard %d: the write-ahead log goes on at offset %d (expected: %d)"
                        .formatted(number, frame.baseOffset(), nextOffset));
            }
            firstOffset = frame.baseOffset(); // the beginning went with a stream that was deleted
        }
        nextOffset = frame.endOffset();
        lastArrival = frame.arrivalEpochMillis();
        return publish(frame);
    }

    // ---- flusher thread

    /** Moves the tail to the newest segment file, unsynced. */
    void flush() throws IOException {
        synchronized (files) {
            List<Frame> frames;
            synchronized (this) {
                frames = List.copyOf(tail);
            }
            if (frames.isEmpty() || removed) {
                return;
            }
            activeSegment(frames.get(0)).append(frames);
            synchronized (this) {
                for (Frame frame : frames) {
                    tail.removeFirst();
                    tailBytes -= frame.sizeBytes();
                }
            }
        }
    }

    private ShardSegment activeSegment(Frame first) throws IOException {
        ShardSegment newest = newestSegment();
        if (newest != null
                && newest.lengthBytes() < SEGMENT_BYTES
                && (newest.lengthBytes() == 0
                        || first.arrivalEpochMillis() - newest.firstArrival() < SEGMENT_SPAN_MILLIS)) {
            return newest;
        }
        Files.createDirectories(directory);
        ShardSegment created = ShardSegment.create(directory, number, first.baseOffset());
        segments.add(created);
        return created;
    }

    private @Nullable ShardSegment newestSegment() {
        return segments.isEmpty() ? null : segments.get(segments.size() - 1);
    }

    /** Makes every flushed byte durable and tells how far that is. */
    Position sync() throws IOException {
        synchronized (files) {
            boolean synced = false;
            for (ShardSegment segment : segments) {
                synced |= segment.sync();
            }
            if (synced) {
                DocumentStore.syncDirectory(directory);
            }
            ShardSegment active = newestSegment();
            synchronized (this) {
                long flushedEnd = tail.isEmpty() ? endOffset : tail.getFirst().baseOffset();
                long arrival = active == null ? 0 : active.lastArrival();
                return new Position(
                        number,
                        flushedEnd,
                        arrival,
                        active == null ? -1 : active.baseOffset(),
                        active == null ? 0 : active.lengthBytes());
            }
        }
    }

    // ---- any thread

    synchronized long endOffset() {
        return endOffset;
    }

    synchronized long firstOffset() {
        return firstOffset;
    }

    List<StoredRecord> read(long fromOffset, int maxRecords, long maxBytes) throws IOException {
        List<StoredRecord> records = new ArrayList<>();
        long from = Math.max(fromOffset, firstOffset());
        while (records.isEmpty() && from < endOffset()) {
            if (!readTail(from, maxRecords, maxBytes, records)) {
                long bytes = readSegments(from, maxRecords, maxBytes, records);
                long next = records.isEmpty()
                        ? from
                        : records.get(records.size() - 1).offset() + 1;
                if (bytes < maxBytes && records.size() < maxRecords) {
                    readTail(next, maxRecords, maxBytes - bytes, records);
                }
            }
            from = Math.max(from, firstOffset()); // a trim may have overtaken this read
        }
        return records;
    }

    private synchronized boolean readTail(long from, int maxRecords, long maxBytes, List<StoredRecord> target) {
        if (tail.isEmpty() || tail.getFirst().baseOffset() > from) {
            return false;
        }
        long added = 0;
        for (Frame frame : tail) {
            if (target.size() >= maxRecords || added >= maxBytes) {
                break;
            }
            if (frame.endOffset() > from) {
                long bytes = frame.addRecords(from, maxRecords, maxBytes - added, target);
                added = bytes == Long.MAX_VALUE ? bytes : added + bytes;
            }
        }
        return true;
    }

    private long readSegments(long from, int maxRecords, long maxBytes, List<StoredRecord> target) throws IOException {
        synchronized (files) {
            long added = 0;
            for (int i = segmentIndexOf(from); i < segments.size(); i++) {
                if (target.size() >= maxRecords || added >= maxBytes) {
                    break;
                }
                long bytes = segments.get(i).read(from, maxRecords, maxBytes - added, target);
                added = bytes == Long.MAX_VALUE ? bytes : added + bytes;
            }
            return added;
        }
    }

    private int segmentIndexOf(long offset) {
        int low = 0;
        int high = segments.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (segments.get(middle).baseOffset() <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    long offsetAtTime(long epochMillis) throws IOException {
        synchronized (files) {
            for (ShardSegment segment : segments) {
                Long offset = segment.offsetAtTime(epochMillis);
                if (offset != null) {
                    return Math.max(offset, firstOffset());
                }
            }
            synchronized (this) {
                for (Frame frame : tail) {
                    if (frame.arrivalEpochMillis() >= epochMillis) {
                        return Math.max(frame.baseOffset(), firstOffset);
                    }
                }
                return endOffset;
            }
        }
    }

    synchronized CompletableFuture<Void> available(long offset) {
        if (offset < endOffset) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> waiter = new CompletableFuture<>();
        waiters.computeIfAbsent(offset, o -> new ArrayList<>()).add(waiter);
        waiter.whenComplete((done, failure) -> forget(offset, waiter));
        return waiter;
    }

    private synchronized void forget(long offset, CompletableFuture<Void> waiter) {
        List<CompletableFuture<Void>> waiting = waiters.get(offset);
        if (waiting != null && waiting.removeIf(other -> other == waiter) && waiting.isEmpty()) {
            waiters.remove(offset);
        }
    }

    /** Hides the records before a time at once and removes the files that hold nothing else. */
    void trim(long beforeEpochMillis) throws IOException {
        long keepFrom = offsetAtTime(beforeEpochMillis);
        synchronized (files) {
            synchronized (this) {
                firstOffset = Math.max(firstOffset, keepFrom);
            }
            while (segments.size() > 1 && segments.get(1).baseOffset() <= keepFrom) {
                segments.remove(0).delete();
            }
        }
    }

    /** Removes the shard's files. Readers find it empty from now on. */
    void remove() throws IOException {
        List<CompletableFuture<Void>> abandoned = new ArrayList<>();
        synchronized (files) {
            removed = true;
            segments.clear();
            for (Path file : segmentFiles()) {
                Files.delete(file);
            }
            Files.deleteIfExists(directory);
            synchronized (this) {
                tail.clear();
                firstOffset = endOffset;
                waiters.values().forEach(abandoned::addAll);
                waiters.clear();
            }
        }
        abandoned.forEach(waiter -> waiter.cancel(false));
    }

    private List<Path> segmentFiles() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> listed = Files.list(directory)) {
            return listed.filter(ShardSegment::isSegment).sorted().toList();
        }
    }
}
