package io.millrace.video.fragments;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The part of a stream's index that is on disk: files of {@value #ENTRIES_PER_FILE} entries, named by the ordinal of
 * their first one. An ordinal counts the entries of a stream; those of expired ones are not used again.
 *
 * <p>Files are opened for each call, so that thousands of quiet streams hold no descriptors. Reading is thread-safe;
 * the other methods are called by one thread at a time.
 */
final class IndexFiles {
    static final int ENTRIES_PER_FILE = 65_536;

    private static final int BUFFER_ENTRIES = 1024;
    private static final String SUFFIX = ".idx";

    private final Disk disk;
    private final Path directory;
    private final Set<Path> unforced = new TreeSet<>();
    private @Nullable IOException failedSync;

    IndexFiles(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    boolean exist() throws IOException {
        return disk.isDirectory(directory);
    }

    void create() throws IOException {
        disk.createDirectories(directory);
    }

    void delete() throws IOException {
        if (exist()) {
            for (Path file : list()) {
                disk.delete(file);
            }
            disk.delete(directory);
            disk.syncDirectory(parent());
        }
    }

    /** Writes entries from an ordinal on; they are durable after {@link #force()}. */
    void write(long ordinal, Collection<FragmentEntry> entries) throws IOException {
        List<FragmentEntry> rest = List.copyOf(entries);
        long at = ordinal;
        while (!rest.isEmpty()) {
            int room = ENTRIES_PER_FILE - (int) (at % ENTRIES_PER_FILE);
            List<FragmentEntry> part = rest.subList(0, Math.min(room, rest.size()));
            ByteBuffer buffer = ByteBuffer.allocate(part.size() * FragmentEntry.BYTES);
            part.forEach(entry -> entry.write(buffer));
            buffer.flip();
            Path file = fileOf(at);
            try (DiskFile open = disk.openForWrite(file)) {
                open.write(buffer, at % ENTRIES_PER_FILE * FragmentEntry.BYTES);
            }
            unforced.add(file);
            at += part.size();
            rest = rest.subList(part.size(), rest.size());
        }
    }

    /**
     * Makes everything written durable. After a failed sync it never succeeds again: the kernel may have dropped the
     * pages.
     */
    void force() throws IOException {
        if (failedSync != null) {
            throw new IOException("an earlier sync of the index failed: " + failedSync.getMessage(), failedSync);
        }
        if (unforced.isEmpty()) {
            return;
        }
        for (Path file : unforced) {
            if (disk.exists(file)) { // else dropped since, with all its entries
                try (DiskFile open = disk.openForWrite(file)) {
                    forceOnce(open);
                }
            }
        }
        disk.syncDirectory(directory);
        unforced.clear();
    }

    private void forceOnce(DiskFile file) throws IOException {
        try {
            file.sync();
        } catch (IOException e) {
            failedSync = e;
            throw e;
        }
    }

    /**
     * Reads up to a number of entries that lie in one file.
     *
     * @return empty when the file was dropped meanwhile
     */
    List<FragmentEntry> read(long ordinal, int max) throws IOException {
        int within = (int) (ordinal % ENTRIES_PER_FILE);
        int wanted = Math.min(Math.min(max, BUFFER_ENTRIES), ENTRIES_PER_FILE - within);
        Path file = fileOf(ordinal);
        ByteBuffer buffer = ByteBuffer.allocate(wanted * FragmentEntry.BYTES);
        try (DiskFile open = disk.openForRead(file)) {
            open.read(buffer, (long) within * FragmentEntry.BYTES);
        } catch (NoSuchFileException e) {
            return List.of();
        }
        buffer.flip();
        List<FragmentEntry> entries = new ArrayList<>(wanted);
        while (buffer.remaining() >= FragmentEntry.BYTES) {
            long position = (long) within * FragmentEntry.BYTES + buffer.position();
            entries.add(FragmentEntry.read(buffer)
                    .orElseThrow(() -> new CorruptFragmentsException(file, position, "an index entry is damaged")));
        }
        return entries;
    }

    /** Returns the ordinal of the first entry on disk; zero when there is none. */
    long firstOrdinal() throws IOException {
        List<Path> files = list();
        return files.isEmpty() ? 0 : ordinalOf(files.get(0));
    }

    /** Drops everything from an ordinal on. */
    void truncate(long ordinal) throws IOException {
        for (Path file : list()) {
            long first = ordinalOf(file);
            if (first >= ordinal) {
                disk.delete(file);
            } else if (first + ENTRIES_PER_FILE > ordinal) {
                try (DiskFile open = disk.openForWrite(file)) {
                    open.truncate((ordinal - first) * FragmentEntry.BYTES);
                }
                unforced.add(file);
            }
        }
    }

    /** Removes the files whose entries are all before an ordinal, but never the newest, which keeps the count. */
    void dropBefore(long ordinal) throws IOException {
        List<Path> files = list();
        for (Path file : files.subList(0, Math.max(0, files.size() - 1))) {
            if (ordinalOf(file) + ENTRIES_PER_FILE <= ordinal) {
                disk.delete(file);
            }
        }
    }

    private List<Path> list() throws IOException {
        return disk.list(directory).stream()
                .filter(file -> file.toString().endsWith(SUFFIX))
                .sorted()
                .toList();
    }

    private Path fileOf(long ordinal) {
        return directory.resolve(String.format(Locale.ROOT, "%019d%s", ordinal - ordinal % ENTRIES_PER_FILE, SUFFIX));
    }

    private static long ordinalOf(Path file) {
        String name = String.valueOf(file.getFileName());
        return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
    }

    private Path parent() {
        Path parent = directory.getParent();
        return parent == null ? directory : parent;
    }
}
