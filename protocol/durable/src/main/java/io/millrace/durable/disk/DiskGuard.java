package io.millrace.durable.disk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says when the disk is so full that nothing more may be appended, early enough that checkpoints, indexes and retention
 * can still do their work.
 *
 * <p>A node has one for all its logs, so that none of them lives on what another keeps free. Thread-safe.
 */
public final class DiskGuard {
    private static final Logger LOG = LoggerFactory.getLogger(DiskGuard.class);

    private static final long MOST_RESERVE_BYTES = 2048L << 20;

    private static final int SHARE = 20;

    private final Disk disk;
    private final Path directory;
    private final long reserveBytes;
    private long refusedBytes;
    private volatile String message = "";

    /**
     * Makes a guard of the disk that a directory is on.
     *
     * @param mostReserveBytes what is left free; a twentieth of the disk when that is less
     */
    public DiskGuard(Disk disk, Path directory, long mostReserveBytes) throws IOException {
        this.disk = disk;
        this.directory = directory;
        this.reserveBytes = Math.min(mostReserveBytes, disk.totalBytes(directory) / SHARE);
    }

    /** Returns a guard of the disk that a directory is on, which is created when missing. It keeps up to 2 GiB free. */
    public static DiskGuard of(Path directory) throws IOException {
        Disk disk = new FileSystemDisk();
        disk.createDirectories(directory);
        return new DiskGuard(disk, directory, MOST_RESERVE_BYTES);
    }

    public boolean isFull() {
        return !message.isEmpty();
    }

    /** Tells why nothing may be appended; empty when there is room. */
    public String message() {
        return message;
    }

    /** Looks at the disk again. */
    public synchronized void check() throws IOException {
        judge(disk.usableBytes(directory));
    }

    private void judge(long usable) {
        boolean was = isFull();
        long needed = reserveBytes + refusedBytes;
        if (usable < needed) {
            message = String.format(
                    Locale.ROOT,
                    "disk nearly full: %d MiB free (expected: at least %d MiB); free some, or shorten retention",
                    usable >> 20,
                    needed >> 20);
        } else {
            message = "";
            refusedBytes = 0;
        }
        if (isFull() && !was) {
            LOG.error("{}; records and media are refused until then", message);
        } else if (was && !isFull()) {
            LOG.info("there is room on the disk again ({} MiB); records and media are taken", usable >> 20);
        }
    }

    /** Tells whether so many bytes more would leave the reserve alone. */
    public boolean hasRoomFor(long bytes) throws IOException {
        return disk.usableBytes(directory) - bytes >= reserveBytes;
    }

    /**
     * Takes note that so many bytes are needed in order to go on.
     *
     * @throws DiskFullException if they would take from the reserve; nothing may be appended until they do not
     */
    public synchronized void require(long bytes) throws IOException {
        refusedBytes = Math.max(refusedBytes, bytes); // of several logs, the one that needs most
        judge(disk.usableBytes(directory));
        if (isFull()) {
            throw new DiskFullException(message);
        }
    }

    /** Takes note that what was needed has been found elsewhere. */
    public synchronized void noLongerRequired() {
        refusedBytes = 0;
    }
}
