package io.millrace.video.fragments;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The fragments of one stream that may be read: durable ones in the order of their numbers, or for a stream that keeps
 * nothing the newest ones in memory.
 *
 * <p>Entries are counted by ordinals, which begin anew with each start of the node and so never leave it. Entries
 * in {@code [first, written)} are in the {@link IndexFiles}, entries in {@code [written, end)} in memory only.
 *
 * <p>Thread-safe. The lock guards memory only: no thread waits for another's disk, the log's writer above all.
 */
public final class StreamIndex {
    private static final int PAGE_ENTRIES = 64;

    private final @Nullable IndexFiles files;
    private final TimeBlocks times = new TimeBlocks();
    private final Deque<FragmentEntry> tail = new ArrayDeque<>();
    private final Set<Runnable> waiting = new LinkedHashSet<>();
    private long first;
    private long written;
    private @Nullable FragmentEntry newest;
    private boolean deleted;

    private StreamIndex(@Nullable IndexFiles files) {
        this.files = files;
    }

    /**
     * Entries that lie side by side.
     *
     * @param from the ordinal of the first one; above the one asked for when that has expired
     */
    public record Page(long from, List<FragmentEntry> entries) {
        public long end() {
            return from + entries.size();
        }
    }

    static StreamIndex inMemory() {
        return new StreamIndex(null);
    }

    /** Makes the index of a new stream. */
    static StreamIndex create(IndexFiles files) throws IOException {
        files.create();
        return new StreamIndex(files);
    }

    /**
     * Reads an index from disk.
     *
     * @param usable tells of an entry's segment whether it is still there; leading entries without one are expired
     * @param before entries of this segment and later ones are cut off, since they may not be whole
     * @param end behind the entries that there are at least, unless they are cut off
     * @throws CorruptFragmentsException if entries are damaged or missing
     */
    static StreamIndex load(IndexFiles files, Predicate<Long> usable, long before, long end) throws IOException {
        StreamIndex index = new StreamIndex(files);
        long ordinal = files.firstOrdinal();
        index.first = ordinal;
        boolean cut = false;
        for (List<FragmentEntry> page = files.read(ordinal, Integer.MAX_VALUE);
                !page.isEmpty() && !cut;
                page = files.read(ordinal, Integer.MAX_VALUE)) {
            for (FragmentEntry entry : page) {
                cut = entry.place().segment() >= before;
                if (cut) {
                    break;
                }
                if (index.first == ordinal && !usable.test(entry.place().segment())) {
                    index.first++;
                } else {
                    index.times.add(ordinal, entry.time());
                }
                index.newest = entry;
                ordinal++;
            }
        }
        if (!cut && ordinal < end) {
            throw new CorruptFragmentsException(
                    files.directory(),
                    0,
                    String.format(Locale.ROOT, "index entries %d to %d are missing", ordinal, end - 1));
        }
        files.truncate(ordinal);
        index.written = ordinal;
        return index;
    }

    /** Adds an entry and wakes who waits for it; false when the stream was deleted. */
    boolean publish(FragmentEntry entry) {
        List<Runnable> wake;
        synchronized (this) {
            FragmentEntry before = newest;
            if (deleted || (before != null && before.number() >= entry.number())) {
                return false;
            }
            times.add(end(), entry.time());
            tail.addLast(entry);
            newest = entry;
            wake = List.copyOf(waiting);
            waiting.clear();
        }
        wake.forEach(Runnable::run);
        return true;
    }

    /** Returns the ordinal of the oldest fragment. */
    public synchronized long first() {
        return first;
    }

    /** Returns the ordinal that the next fragment will get. */
    public synchronized long end() {
        return written + tail.size();
    }

    public synchronized @Nullable FragmentEntry newest() {
        return first == end() ? null : newest;
    }

    public synchronized boolean isDeleted() {
        return deleted;
    }

    /**
     * Runs a callback once, when there is a fragment at or behind an ordinal or the stream was deleted.
     *
     * @return false if that is so already; the callback is not run then
     */
    public synchronized boolean awaitBehind(long ordinal, Runnable callback) {
        if (deleted || ordinal < end()) {
            return false;
        }
        waiting.add(callback);
        return true;
    }

    public synchronized void cancel(Runnable callback) {
        waiting.remove(callback);
    }

    /** Returns up to 64 entries from an ordinal on; none at the end. May read the disk. */
    public Page page(long from) throws IOException {
        while (true) {
            long start;
            int count;
            synchronized (this) {
                start = Math.max(from, first);
                if (start >= written) {
                    return new Page(
                            start,
                            tail.stream()
                                    .skip(start - written)
                                    .limit(PAGE_ENTRIES)
                                    .toList());
                }
                count = (int) Math.min(PAGE_ENTRIES, written - start);
            }
            List<FragmentEntry> entries = Objects.requireNonNull(files).read(start, count);
            if (!entries.isEmpty() || isDeleted()) {
                return new Page(start, entries);
            }
            if (first() <= start) {
                throw new IOException(String.format(Locale.ROOT, "index entry %d is missing", start));
            }
        }
    }

    /** Returns the ordinal of the first fragment with a number above this. May read the disk. */
    public long ordinalAfter(long number) throws IOException {
        long low = first();
        long high = end();
        while (low < high) {
            long middle = (low + high) >>> 1;
            Page page = page(middle);
            if (page.entries().isEmpty()) {
                return end();
            }
            if (page.from() > middle) {
                low = Math.max(low, page.from()); // expired meanwhile
            } else if (page.entries().get(0).number() > number) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Returns the ordinal of the first fragment that plays at or after a time; the end when there is none. */
    public long ordinalAt(FragmentTime.Clock clock, long millis) throws IOException {
        for (long block : touching(clock, millis, Long.MAX_VALUE)) {
            List<Long> found = new ArrayList<>();
            scanBlock(block, (ordinal, entry) -> {
                if (entry.time().endMillis(clock) > millis) {
                    found.add(ordinal);
                }
                return found.isEmpty();
            });
            if (!found.isEmpty()) {
                return found.get(0);
            }
        }
        return end();
    }

    /** Returns fragments that begin between two times, both included, in the order of their numbers. */
    public List<FragmentEntry> startingIn(TimeRange range, long afterNumber, int max) throws IOException {
        List<FragmentEntry> found = new ArrayList<>();
        for (long block : touching(range.clock(), range.fromMillis() - 1, range.toMillis())) {
            scanBlock(block, (ordinal, entry) -> {
                if (entry.number() > afterNumber && range.contains(entry.time())) {
                    found.add(entry);
                }
                return found.size() < max;
            });
            if (found.size() == max) {
                break;
            }
        }
        return found;
    }

    private synchronized List<Long> touching(FragmentTime.Clock clock, long from, long to) {
        return times.touching(clock, from, to);
    }

    @FunctionalInterface
    private interface Visitor {
        /** Returns whether to go on. */
        boolean visit(long ordinal, FragmentEntry entry);
    }

    private void scanBlock(long start, Visitor visitor) throws IOException {
        long end = start + TimeBlocks.ENTRIES;
        long ordinal = start;
        while (ordinal < end) {
            Page page = page(ordinal);
            if (page.entries().isEmpty()) {
                return;
            }
            ordinal = page.from();
            for (FragmentEntry entry : page.entries()) {
                if (ordinal >= end || !visitor.visit(ordinal, entry)) {
                    return;
                }
                ordinal++;
            }
        }
    }

    /** Forgets fragments before an ordinal. */
    synchronized void advance(long newFirst) {
        first = Math.max(first, Math.min(newFirst, end()));
        times.dropBefore(first);
        while (files == null && written < first) {
            tail.removeFirst();
            written++;
        }
    }

    synchronized Collection<Runnable> markDeleted() {
        deleted = true;
        List<Runnable> wake = List.copyOf(waiting);
        waiting.clear();
        return wake;
    }

    /** Moves entries from memory to the disk. Called by one thread at a time, as are the following methods. */
    void flush() throws IOException {
        if (files == null) {
            return;
        }
        List<FragmentEntry> entries;
        long ordinal;
        synchronized (this) {
            entries = List.copyOf(tail);
            ordinal = written;
        }
        if (entries.isEmpty() || isDeleted()) {
            return;
        }
        files.write(ordinal, entries);
        synchronized (this) {
            for (int i = 0; i < entries.size(); i++) {
                tail.removeFirst();
            }
            written += entries.size();
        }
    }

    /** Returns the ordinal behind the last entry on disk. */
    synchronized long written() {
        return written;
    }

    void force() throws IOException {
        if (files != null && !isDeleted()) {
            files.force();
        }
    }

    void dropExpiredFiles() throws IOException {
        if (files != null && !isDeleted()) {
            files.dropBefore(first());
        }
    }

    void deleteFiles() throws IOException {
        if (files != null) {
            files.delete();
        }
    }
}
