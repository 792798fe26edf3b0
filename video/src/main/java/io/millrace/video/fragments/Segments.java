package io.millrace.video.fragments;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * The segment files of a node and how many readable fragments each still holds. Thread-safe; the lock guards the
 * counts.
 *
 * <p>A segment's number holds the epoch of the node's start, so that it is never used again, not even after all
 * segments were deleted.
 */
final class Segments {
    private static final int EPOCH_FACTOR = 10_000_000;
    private static final String SUFFIX = ".seg";

    private final Disk disk;
    private final Path directory;
    private final Map<Long, Integer> live = new HashMap<>();
    private long current;

    private Segments(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
    }

    static Segments open(Disk disk, Path directory) throws IOException {
        disk.createDirectories(directory);
        Segments segments = new Segments(disk, directory);
        for (Path file : disk.list(directory)) {
            String name = String.valueOf(file.getFileName());
            if (name.endsWith(SUFFIX)) {
                segments.live.put(Long.parseLong(name.substring(0, name.length() - SUFFIX.length())), 0);
            }
        }
        return segments;
    }

    /** Begins the first segment of an epoch, or the one after the current one, and returns its number. */
    synchronized long begin(long epoch) {
        current = Math.max(current + 1, epoch * EPOCH_FACTOR);
        live.put(current, 0);
        return current;
    }

    synchronized List<Long> numbers() {
        return new ArrayList<>(new TreeSet<>(live.keySet()));
    }

    /** Returns the epoch of the newest segment; zero when there is none. */
    synchronized long lastEpoch() {
        return live.keySet().stream().mapToLong(Long::longValue).max().orElse(0) / EPOCH_FACTOR;
    }

    synchronized boolean contains(long segment) {
        return live.containsKey(segment);
    }

    synchronized long current() {
        return current;
    }

    /** Counts fragments that became readable, or with a negative number are no longer. */
    synchronized void count(long segment, int fragments) {
        live.computeIfPresent(segment, (number, before) -> before + fragments);
    }

    /** Deletes every closed segment that holds nothing readable, and returns how many those were. */
    int reclaim() throws IOException {
        List<Long> empty;
        synchronized (this) {
            empty = live.entrySet().stream()
                    .filter(entry -> entry.getKey() < current && entry.getValue() == 0)
                    .map(Map.Entry::getKey)
                    .toList();
            empty.forEach(live::remove);
        }
        for (long segment : empty) {
            disk.delete(fileOf(segment));
        }
        if (!empty.isEmpty()) {
            syncDirectory();
        }
        return empty.size();
    }

    /** Opens a segment. @throws java.nio.file.NoSuchFileException if it was deleted */
    DiskFile read(long segment) throws IOException {
        return disk.openForRead(fileOf(segment));
    }

    Path fileOf(long segment) {
        return directory.resolve(String.format(Locale.ROOT, "%019d%s", segment, SUFFIX));
    }

    void syncDirectory() throws IOException {
        disk.syncDirectory(directory);
    }
}
