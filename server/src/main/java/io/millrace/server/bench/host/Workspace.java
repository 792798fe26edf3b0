package io.millrace.server.bench.host;

import io.millrace.server.files.FileTree;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The directory that a measurement writes to, and the processes that it has started.
 *
 * <p>Closing ends the processes, by their ids, and removes the directory if it was made here; it happens once, also at
 * Ctrl-C. Thread-safe.
 */
public final class Workspace implements Closeable {
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");
    private static final int SYNC_SECONDS = 120;

    private final Path directory;
    private final boolean temporary;
    private final Deque<ChildProcess> children = new ArrayDeque<>();
    private final Thread atExit = new Thread(this::closeAtExit, "bench-end");
    private @Nullable PageCache cache;
    private boolean closed;

    private Workspace(Path directory, boolean temporary) {
        this.directory = directory;
        this.temporary = temporary;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Opens a directory that is kept, or makes one in the current directory that is not.
     *
     * @throws IOException if it holds an earlier run, or is in memory, where a sync costs nothing
     */
    public static Workspace open(@Nullable Path kept) throws IOException {
        Path parent = kept == null
                ? Path.of("").toAbsolutePath()
                : Files.createDirectories(kept.toAbsolutePath().normalize());
        FileStore store = Files.getFileStore(parent);
        if (IN_MEMORY.contains(store.type())) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%s: is in memory (%s), where a sync costs nothing; name a directory on a disk with --data-dir",
                    parent,
                    store.type()));
        }
        if (kept != null && Files.exists(parent.resolve("node"))) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%s: holds the data of an earlier run; remove it or name another directory with --data-dir",
                    parent));
        }
        return kept == null
                ? new Workspace(Files.createTempDirectory(parent, "millrace-bench-"), true)
                : new Workspace(parent, false);
    }

    public Path directory() {
        return directory;
    }

    /** Tells whether everything is being ended, which makes whatever fails now uninteresting. */
    public synchronized boolean isClosed() {
        return closed;
    }

    synchronized void add(ChildProcess child) throws IOException {
        if (closed) {
            child.kill();
            throw new IOException("the measurement is being ended");
        }
        children.push(child);
    }

    synchronized void remove(ChildProcess child) {
        children.remove(child);
    }

    /** Fills the {@link PageCache}, now and after each {@link #clear}. */
    public void fillPageCache(Consumer<String> lines) throws IOException {
        PageCache made = PageCache.in(directory, lines);
        made.fill();
        cache = made;
    }

    /** Removes files of this workspace and waits until nothing is left for the disk to write. */
    public void clear(Path directory) throws IOException, InterruptedException {
        FileTree.delete(directory);
        Process sync = new ProcessBuilder("sync").inheritIO().start();
        if (!sync.waitFor(SYNC_SECONDS, TimeUnit.SECONDS)) {
            sync.destroy();
            throw new IOException(String.format(
                    Locale.ROOT,
                    "the disk does not get done with its writes in %d s; look for what else writes to it",
                    SYNC_SECONDS));
        }
        if (cache != null) {
            cache.fill();
        }
    }

    /** Checks that a run will fit. @throws IOException if it will not */
    public void require(long bytes, String what) throws IOException {
        long usable = Files.getFileStore(directory).getUsableSpace();
        if (usable < bytes) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%s: %d MiB free, and %s may need %d; make room, shorten the run or name another disk with --data-dir",
                    directory,
                    usable >> 20,
                    what,
                    bytes >> 20));
        }
    }

    private void closeAtExit() {
        try {
            end();
        } catch (IOException e) {
            System.err.println("millrace: " + e.getMessage());
        }
    }

    private synchronized void end() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        for (ChildProcess child : children) {
            child.kill();
        }
        if (temporary) {
            FileTree.delete(directory);
        }
    }

    @Override
    public void close() throws IOException {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // it runs already
        }
    }
}
