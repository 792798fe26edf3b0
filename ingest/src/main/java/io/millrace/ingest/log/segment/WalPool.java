package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import io.millrace.durable.disk.DiskFullException;
import io.millrace.durable.disk.DiskGuard;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of the write-ahead log: makes them at full length, and hands those out again whose frames are in the shard
 * files.
 *
 * <p>A file is written full of zeros once and synced before it is used, since a sync after writing into a file that
 * grows costs several times one that does not. The next file is made ready in the background while one is being
 * written.
 *
 * <p>Thread-safe. The monitor guards the lists; it is held during disk access only while the writer waits for a file.
 */
final class WalPool {
    private static final Logger LOG = LoggerFactory.getLogger(WalPool.class);
    private static final int ZEROS_BYTES = 1024 * 1024;
    private static final String SUFFIX = ".wal";
    private static final String UNFINISHED_SUFFIX = ".tmp";

    /** A file in use, and the last frame in it. */
    private record Used(WalSlot slot, long lastFrame) {}

    private final Disk disk;
    private final Path directory;
    private final LogOptions options;
    private final DiskGuard guard;
    private final Executor background;
    private final Deque<WalSlot> free = new ArrayDeque<>();
    private final List<Used> used = new ArrayList<>();

    private int nextName;
    private boolean preparing;
    private @Nullable WalSlot current;

    WalPool(Disk disk, Path directory, LogOptions options, DiskGuard guard, Executor background) {
        this.disk = disk;
        this.directory = directory;
        this.options = options;
        this.guard = guard;
        this.background = background;
    }

    static boolean isSlot(Path file) {
        return file.toString().endsWith(SUFFIX);
    }

    /** Tells whether a file was being made when an earlier run ended. */
    static boolean isUnfinished(Path file) {
        return file.toString().endsWith(UNFINISHED_SUFFIX);
    }

    /** Takes over a file that an earlier run has left, with the last frame in it that is needed, or 0 for none. */
    synchronized void adopt(WalSlot slot, long lastFrame) {
        String name = String.valueOf(slot.file().getFileName());
        nextName = Math.max(nextName, Integer.parseInt(name.substring(0, name.length() - SUFFIX.length())) + 1);
        if (lastFrame > 0) {
            used.add(new Used(slot, lastFrame));
        } else {
            free.add(slot);
        }
    }

    /** Notes that a file is full, and with which frame. */
    synchronized void retire(WalSlot slot, long lastFrame) {
        used.add(new Used(slot, lastFrame));
        if (slot.equals(current)) { // else the next one was taken before
            current = null;
        }
    }

    /**
     * Returns a file that can take so many bytes, waiting until one is made if need be.
     *
     * @throws DiskFullException if there is none and no room for another
     */
    synchronized WalSlot take(long frameBytes) throws IOException {
        long needed = frameBytes + WalSegment.OVERHEAD_BYTES;
        WalSlot fitting = takeFree(needed);
        if (fitting == null) {
            awaitPrepared();
            fitting = takeFree(needed);
        }
        if (fitting == null) {
            long size = Math.max(nextSize(), roundedUp(needed));
            guard.require(size);
            fitting = make(size);
        }
        current = fitting;
        return fitting;
    }

    /** Takes back a file that nothing was written to. */
    synchronized void giveBack(WalSlot slot) {
        free.addFirst(slot);
        current = null;
    }

    private @Nullable WalSlot takeFree(long needed) {
        for (WalSlot slot : free) {
            if (slot.sizeBytes() >= needed) {
                free.remove(slot);
                return slot;
            }
        }
        return null;
    }

    private void awaitPrepared() throws IOException {
        try {
            while (preparing) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for a file of the write-ahead log", e);
        }
    }

    /** The first file of a log is small, since many logs stay so. */
    private long nextSize() {
        return nextName == 0 ? options.firstWalFileBytes() : options.walFileBytes();
    }

    private static long roundedUp(long size) {
        return (size + WalSegment.PAGE_BYTES - 1) / WalSegment.PAGE_BYTES * WalSegment.PAGE_BYTES;
    }

    /** Sees to it that the next file is ready before it is needed. */
    synchronized void prepare() {
        if (free.isEmpty() && !preparing) {
            preparing = true;
            background.execute(this::prepareNow);
        }
    }

    private void prepareNow() {
        WalSlot made = null;
        try {
            if (guard.hasRoomFor(options.walFileBytes())) {
                made = make(options.walFileBytes());
            }
        } catch (IOException e) {
            LOG.warn("no spare file for the write-ahead log could be made; it is tried again when one is needed", e);
        } finally { // whatever went wrong: the writer may be waiting
            prepared(made);
        }
    }

    private synchronized void prepared(@Nullable WalSlot made) {
        preparing = false;
        if (made != null) {
            free.add(made);
        }
        notifyAll();
    }

    private WalSlot make(long size) throws IOException {
        int number;
        synchronized (this) {
            number = nextName++;
        }
        Path file = directory.resolve(String.format(Locale.ROOT, "%06d", number) + SUFFIX);
        Path temporary = directory.resolve(String.format(Locale.ROOT, "%06d", number) + UNFINISHED_SUFFIX);
        try {
            try (DiskFile out = disk.openForWrite(temporary)) {
                ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS_BYTES, size));
                for (long at = 0; at < size; at += zeros.limit()) {
                    out.write(zeros.clear().limit((int) Math.min(zeros.capacity(), size - at)), at);
                    out.sync(); // piece by piece, since a commit under way waits behind what one sync has to write
                }
            }
            disk.move(temporary, file);
            disk.syncDirectory(directory);
        } catch (IOException e) {
            disk.delete(temporary);
            disk.delete(file);
            guard.require(size); // most likely the disk is full: nothing is lost then, and appends go on later
            throw e;
        }
        return new WalSlot(file, size);
    }

    /**
     * Lets files be used again whose frames up to a number are not needed any more; removes more than a few spare ones.
     */
    void recycle(long lastFrame) throws IOException {
        List<WalSlot> removed = new ArrayList<>();
        synchronized (this) {
            for (Used file : List.copyOf(used)) {
                if (file.lastFrame() <= lastFrame) {
                    used.remove(file);
                    boolean keep = free.size() < options.spareWalFiles()
                            && file.slot().sizeBytes() == options.walFileBytes()
                            && !guard.isFull();
                    if (keep) {
                        free.add(file.slot());
                        guard.noLongerRequired();
                    } else {
                        removed.add(file.slot());
                    }
                }
            }
            if (guard.isFull()) {
                removed.addAll(free);
                free.clear();
            }
        }
        delete(removed);
    }

    private void delete(List<WalSlot> slots) throws IOException {
        Deque<WalSlot> left = new ArrayDeque<>(slots);
        try {
            while (!left.isEmpty()) {
                disk.delete(left.getFirst().file());
                left.removeFirst();
            }
        } finally {
            synchronized (this) {
                free.addAll(left); // as good as ever
            }
        }
    }

    /** Returns how many bytes all files take. */
    synchronized long sizeBytes() {
        return (current == null ? 0 : current.sizeBytes())
                + free.stream().mapToLong(WalSlot::sizeBytes).sum()
                + used.stream().mapToLong(file -> file.slot().sizeBytes()).sum();
    }
}
