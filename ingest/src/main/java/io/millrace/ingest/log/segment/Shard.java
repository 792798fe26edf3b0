package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.CorruptLogException;
import io.millrace.ingest.log.Damage;
import io.millrace.ingest.log.ReadArrays;
import io.millrace.ingest.log.StoredRecord;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One shard: its segment files and, behind them, the durable frames that are not in a file yet (the tail).
 *
 * <p>Invariants: the segments and then the tail hold every kept record once, in the order of offsets;
 * {@link #endOffset()} is behind the last frame of the tail, and only durable frames are in it. Offsets are consecutive
 * but where damage took records: such a gap is never passed over, a read that comes to it fails.
 *
 * <p>Threads: {@code nextOffset} and {@code lastArrival} belong to the writer thread; files are added, written and
 * dropped by the background thread, but for the files of a shard that is removed; any thread reads. The monitor guards
 * the tail, the ends, the waiters and the list of segments, which is replaced and never changed; it is held for moments
 * only and never during disk access.
 */
final class Shard {
    private final long number;
    private final ShardFiles files;
    private final Tail tail = new Tail();
    private final Waiters waiters = new Waiters();

    private List<ShardSegment> segments = List.of();
    private long nextOffset;
    private long lastArrival;
    private long firstOffset;
    private long firstArrival; // of the record at firstOffset, or earlier
    private long endOffset;
    private long publishedArrival;
    private boolean removed;

    /** @param beginAt the offset of its first record */
    Shard(long number, ShardFiles files, long beginAt) {
        this.number = number;
        this.files = files;
        this.firstOffset = beginAt;
        this.nextOffset = beginAt;
        this.endOffset = beginAt;
    }

    /**
     * A shard as it stood at a checkpoint.
     *
     * @param lastArrival of the last record ever appended
     * @param tail the frames behind the files
     */
    record State(
            long shard,
            long firstOffset,
            long endOffset,
            long lastArrival,
            List<ShardSegment.Facts> segments,
            List<Frame> tail) {}

    long number() {
        return number;
    }

    // ---- writer thread

    /** Gives a frame its place in the shard. */
    void place(Frame frame, long nowEpochMillis) {
        lastArrival = Math.max(lastArrival, nowEpochMillis);
        frame.place(nextOffset, lastArrival);
        nextOffset += frame.count();
    }

    /** Shows a durable frame to readers and wakes those who waited for it. Returns the bytes in the tail. */
    long publish(Frame frame) {
        List<CompletableFuture<Void>> woken;
        long bytes;
        synchronized (this) {
            tail.add(frame);
            endOffset = frame.endOffset();
            publishedArrival = frame.arrivalEpochMillis();
            woken = waiters.takeBelow(endOffset);
            bytes = tail.bytes();
        }
        for (CompletableFuture<Void> waiter : woken) {
            waiter.complete(null);
        }
        return bytes;
    }

    // ---- recovery, before any other thread runs

    void recover(State state) {
        List<ShardSegment> opened = new ArrayList<>();
        for (ShardSegment.Facts facts : state.segments()) {
            opened.add(ShardSegment.open(files, number, facts));
        }
        segments = List.copyOf(opened);
        state.tail().forEach(tail::add);
        firstOffset = state.firstOffset();
        endOffset = state.endOffset();
        nextOffset = endOffset;
        lastArrival = state.lastArrival();
        publishedArrival = lastArrival;
    }

    /**
     * Takes a frame of the write-ahead log unless it is here already. Returns whether it was taken.
     *
     * @param framesLost whether frames of nobody knows which shard were lost before this one
     */
    boolean replay(Frame frame, boolean framesLost) {
        if (frame.baseOffset() < nextOffset) {
            return false;
        }
        if (!framesLost && endOffset == firstOffset && lastArrival == 0) {
            firstOffset = frame.baseOffset(); // the beginning went with a stream that was deleted
        }
        nextOffset = frame.endOffset();
        lastArrival = Math.max(lastArrival, frame.arrivalEpochMillis());
        publish(frame);
        return true;
    }

    /** Leaves out offsets whose records may have been lost, so that they are not given to others. */
    void skipTo(long offset) {
        nextOffset = Math.max(nextOffset, offset);
        endOffset = nextOffset;
    }

    // ---- background thread

    /** Moves the tail to the newest segment file, unsynced. Returns the bytes that left the memory. */
    long flush() throws IOException {
        List<Frame> frames;
        synchronized (this) {
            frames = removed ? List.of() : tail.all();
        }
        if (frames.isEmpty()) {
            return 0;
        }
        ShardSegment segment = activeSegment(frames.get(0));
        if (segment == null) {
            return 0;
        }
        segment.append(frames);
        synchronized (this) {
            long before = tail.bytes();
            tail.dropFirst(removed ? 0 : frames.size());
            return before - tail.bytes();
        }
    }

    /** Returns where frames go, nothing if the shard was removed meanwhile: nobody would delete the file. */
    private @Nullable ShardSegment activeSegment(Frame first) throws IOException {
        ShardSegment newest = newestSegment();
        if (newest != null) {
            ShardSegment.Facts facts = newest.facts();
            boolean old = first.arrivalEpochMillis() - facts.firstArrival()
                    >= files.options().segmentSpan().toMillis();
            boolean full = facts.bytes() >= files.options().segmentBytes();
            if (!facts.sealed() && (facts.bytes() == 0 || (!old && !full))) {
                return newest;
            }
            if (!facts.sealed()) {
                newest.seal();
            }
        }
        ShardSegment created = ShardSegment.create(files, number, first.baseOffset());
        synchronized (this) {
            if (removed) {
                return null;
            }
            List<ShardSegment> more = new ArrayList<>(segments);
            more.add(created);
            segments = List.copyOf(more);
        }
        return created;
    }

    private synchronized @Nullable ShardSegment newestSegment() {
        return segments.isEmpty() ? null : segments.get(segments.size() - 1);
    }

    /** Returns the files that are not known to be durable. */
    List<ShardSegment> unsynced() {
        return segments().stream().filter(segment -> !segment.isDurable()).toList();
    }

    /** Returns how many flushed bytes are not durable yet. */
    long unsyncedBytes() {
        return segments().stream().mapToLong(ShardSegment::unsyncedBytes).sum();
    }

    /**
     * Returns how the shard stands with the frames up to a number; what was flushed has yet to be synced. Later frames
     * are left to the write-ahead log, so that a state does not grow with what is appended while it is taken.
     */
    synchronized State capture(long lastNumber) {
        List<Frame> covered = tail.upTo(lastNumber);
        List<Frame> all = tail.all();
        return new State(
                number,
                firstOffset,
                covered.size() < all.size() ? all.get(covered.size()).baseOffset() : endOffset,
                publishedArrival,
                segments.stream()
                        .filter(segment -> segment.facts().bytes() > 0)
                        .map(ShardSegment::facts)
                        .toList(),
                covered);
    }

    /** Drops the files that hold nothing but records before the first kept one, and returns them. */
    synchronized List<Path> dropExpired() {
        List<Path> dropped = new ArrayList<>();
        List<ShardSegment> kept = new ArrayList<>();
        for (ShardSegment segment : segments) {
            if (segment.facts().bytes() > 0 && segment.facts().endOffset() <= firstOffset) {
                dropped.add(segment.path());
                segment.forget();
            } else {
                kept.add(segment);
            }
        }
        segments = List.copyOf(kept);
        return dropped;
    }

    // ---- any thread

    synchronized List<ShardSegment> segments() {
        return segments;
    }

    synchronized long tailBytes() {
        return tail.bytes();
    }

    synchronized long endOffset() {
        return endOffset;
    }

    /** Returns the offset behind the newest record, 0 when there is none. */
    synchronized long keptEndOffset() {
        if (!tail.isEmpty()) {
            return tail.last().endOffset();
        }
        return segments.isEmpty()
                ? 0
                : segments.get(segments.size() - 1).facts().endOffset();
    }

    synchronized long firstOffset() {
        return firstOffset;
    }

    /** What retention takes away meanwhile is missing at the beginning of the result, or ends it. */
    List<StoredRecord> read(long fromOffset, int maxRecords, long maxBytes, ReadArrays arrays) throws IOException {
        RecordCursor cursor = new RecordCursor(files.keys(), Math.max(fromOffset, firstOffset()), maxRecords, maxBytes);
        try {
            boolean more = true;
            while (more && !cursor.isFull()) {
                more = readOn(cursor, maxRecords, maxBytes, arrays);
            }
        } catch (CorruptLogException e) {
            if (cursor.isEmpty()) {
                throw e;
            }
        } catch (NoSuchFileException e) {
            if (cursor.isEmpty() && cursor.nextOffset() >= firstOffset()) {
                throw missing(cursor.nextOffset());
            }
        }
        return cursor.isEmpty() && cursor.nextOffset() < firstOffset()
                ? read(fromOffset, maxRecords, maxBytes, arrays)
                : cursor.records();
    }

    /** Reads some records more. Returns whether there may be others. */
    private boolean readOn(RecordCursor cursor, int maxRecords, long maxBytes, ReadArrays arrays) throws IOException {
        long from = cursor.nextOffset();
        List<Frame> frames = List.of();
        ShardSegment segment = null;
        synchronized (this) {
            if (from < firstOffset || from >= endOffset || removed) {
                return false;
            }
            if (!tail.isEmpty() && tail.first().baseOffset() <= from) {
                frames = tail.from(from, maxRecords, maxBytes);
            } else {
                segment = segmentAt(from);
            }
        }
        if (segment != null) {
            segment.read(cursor, arrays);
        }
        for (Frame frame : frames) {
            if (frame.baseOffset() > cursor.nextOffset() && !cursor.isFull()) {
                throw lost(frame.baseOffset());
            }
            cursor.take(frame);
        }
        if (cursor.nextOffset() == from && !cursor.isFull()) {
            throw lost(nextReadable(from));
        }
        return frames.isEmpty();
    }

    private CorruptLogException lost(long to) {
        String what = String.format(
                Locale.ROOT, "records before offset %d are lost", to); // the same wherever in them a reader begins
        return new CorruptLogException(files.damages().add(new Damage("shards/" + number, 0, what)), to);
    }

    private synchronized CorruptLogException missing(long offset) {
        ShardSegment segment = segmentAt(offset);
        return segment == null
                ? lost(nextReadable(offset))
                : new CorruptLogException(
                        files.damages()
                                .add(new Damage("shards/" + segment.path().getFileName(), 0, "the file is missing")),
                        segment.facts().endOffset());
    }

    /** Returns where the next segment or frame of the tail begins. */
    private synchronized long nextReadable(long offset) {
        for (ShardSegment segment : segments) {
            if (segment.facts().baseOffset() > offset) {
                return segment.facts().baseOffset();
            }
        }
        List<Frame> behind = tail.from(offset, 1, 0);
        return behind.isEmpty() ? endOffset : behind.get(0).baseOffset();
    }

    /** Returns the segment that holds an offset; nothing if none does. */
    private @Nullable ShardSegment segmentAt(long offset) {
        int low = 0;
        int high = segments.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            ShardSegment.Facts facts = segments.get(middle).facts();
            if (facts.endOffset() <= offset) {
                low = middle + 1;
            } else if (facts.baseOffset() > offset) {
                high = middle - 1;
            } else {
                return segments.get(middle);
            }
        }
        return null;
    }

    long offsetAtTime(long epochMillis) throws IOException {
        return Math.max(placeAtTime(epochMillis).offset(), firstOffset());
    }

    /**
     * Returns the first record at or after a time; the end, as it was when all records were found earlier, if there is
     * none.
     */
    private ShardSegment.Place placeAtTime(long epochMillis) throws IOException {
        List<ShardSegment> known;
        long tailFrom;
        synchronized (this) {
            known = segments;
            tailFrom = tailFrom();
        }
        int low = 0;
        int high = known.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (known.get(middle).facts().endsBefore(epochMillis)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        try {
            for (int i = low; i < known.size(); i++) {
                ShardSegment.Place place = known.get(i).placeAtTime(epochMillis);
                if (place != null) {
                    return place;
                }
            }
        } catch (NoSuchFileException e) {
            return placeAtTime(epochMillis); // a file was let go meanwhile
        }
        synchronized (this) {
            if (tailFrom() == tailFrom) {
                ShardSegment.Place place = tail.placeAtTime(epochMillis);
                return place == null ? new ShardSegment.Place(endOffset, 0) : place;
            }
        }
        return placeAtTime(epochMillis); // what was in the tail has moved to a file meanwhile
    }

    private long tailFrom() {
        return tail.isEmpty() ? endOffset : tail.first().baseOffset();
    }

    synchronized CompletableFuture<Void> available(long offset) {
        if (offset < endOffset) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> waiter = new CompletableFuture<>();
        if (removed) {
            waiter.cancel(false);
            return waiter;
        }
        waiters.add(offset, waiter);
        waiter.whenComplete((done, failure) -> {
            if (failure != null) {
                forget(offset, waiter);
            }
        });
        return waiter;
    }

    /** Completes every future of {@link #available}. */
    void wake() {
        List<CompletableFuture<Void>> woken;
        synchronized (this) {
            woken = waiters.takeBelow(Long.MAX_VALUE);
        }
        woken.forEach(waiter -> waiter.complete(null));
    }

    private synchronized void forget(long offset, CompletableFuture<Void> waiter) {
        waiters.remove(offset, waiter);
    }

    /** Hides the records before a time at once. Returns whether files can be dropped. */
    boolean trim(long beforeEpochMillis) throws IOException {
        synchronized (this) {
            if (firstOffset == endOffset || firstArrival >= beforeEpochMillis) {
                return false;
            }
        }
        ShardSegment.Place place = placeAtTime(beforeEpochMillis);
        synchronized (this) {
            firstArrival = place.arrivalEpochMillis();
            if (place.offset() <= firstOffset) {
                return false;
            }
            firstOffset = place.offset();
            return true;
        }
    }

    /** Lets go of everything. Readers find the shard empty from now on. Returns the files and the bytes in memory. */
    Removed remove() {
        List<CompletableFuture<Void>> abandoned;
        Removed what;
        synchronized (this) {
            removed = true;
            what = new Removed(segments.stream().map(ShardSegment::path).toList(), tail.bytes());
            segments.forEach(ShardSegment::forget);
            segments = List.of();
            tail.dropFirst(tail.all().size());
            firstOffset = endOffset;
            abandoned = waiters.takeBelow(Long.MAX_VALUE);
        }
        abandoned.forEach(waiter -> waiter.cancel(false));
        return what;
    }

    /** What a shard had when it was removed. */
    record Removed(List<Path> files, long memoryBytes) {}
}
