package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import io.millrace.ingest.log.LogFullException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says when the disk is so full that nothing more may be appended, early enough that checkpoints and retention can still
 * do their work. Thread-safe.
 */
final class DiskGuard {
    private static final Logger LOG = LoggerFactory.getLogger(DiskGuard.class);

    private final Disk disk;
    private final Path directory;
    private final long reserveBytes;
    private long refusedBytes;
    private volatile String message = "";

    /** @param mostReserveBytes what is left free; a twentieth of the disk when that is less */
    DiskGuard(Disk disk, Path directory, long mostReserveBytes) throws IOException {
        this.disk = disk;
        this.directory = directory;
        this.reserveBytes = Math.min(mostReserveBytes, disk.totalBytes(directory) / 20);
    }

    boolean isFull() {
        return !message.isEmpty();
    }

    /** Tells why nothing may be appended; empty when there is room. */
    String message() {
        return message;
    }

    /** Looks at the disk again. */
    synchronized void check() throws IOException {
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
            LOG.error("{}; puts are refused until then", message);
        } else if (was && !isFull()) {
            LOG.info("there is room on the disk again ({} MiB); puts are taken", usable >> 20);
        }
    }

    /** Tells whether so many bytes more would leave the reserve alone. */
    boolean hasRoomFor(long bytes) throws IOException {
        return disk.usableBytes(directory) - bytes >= reserveBytes;
    }

    /**
     * Takes note that so many bytes are needed in order to go on.
     *
     * @throws LogFullException if they would take from the reserve; nothing may be appended until they do not
     */
    synchronized void require(long bytes) throws IOException {
        refusedBytes = bytes;
        judge(disk.usableBytes(directory));
        if (isFull()) {
            throw new LogFullException(message);
        }
    }

    /** Takes note that what was needed has been found elsewhere. */
    synchronized void noLongerRequired() {
        refusedBytes = 0;
    }
}
