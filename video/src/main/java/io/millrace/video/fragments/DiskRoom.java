package io.millrace.video.fragments;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says when the disk is so full that no fragment may be written, early enough that indexes and retention can still do their
 * work. Thread-safe.
 */
final class DiskRoom {
    private static final Logger LOG = LoggerFactory.getLogger(DiskRoom.class);
    private static final int SHARE = 20;

    private final Probe disk;
    private final long reserveBytes;
    private long neededBytes;
    private volatile String message = "";

    /** The disk that is looked at. */
    interface Probe {
        long usableBytes() throws IOException;

        long totalBytes() throws IOException;
    }

    /** @param mostReserveBytes what is left free; a twentieth of the disk when that is less */
    DiskRoom(Probe disk, long mostReserveBytes) throws IOException {
        this.disk = disk;
        this.reserveBytes = Math.min(mostReserveBytes, disk.totalBytes() / SHARE);
    }

    /** Tells why nothing may be written; empty when there is room. */
    String message() {
        return message;
    }

    /** Looks at the disk again. */
    synchronized void check() throws IOException {
        judge(disk.usableBytes());
    }

    /** @throws DiskFullException if so many bytes more would take from the reserve */
    synchronized void require(long bytes) throws IOException {
        neededBytes = bytes;
        judge(disk.usableBytes());
        if (!message.isEmpty()) {
            throw new DiskFullException(message);
        }
    }

    private void judge(long usable) {
        boolean wasFull = !message.isEmpty();
        long needed = reserveBytes + neededBytes;
        if (usable < needed) {
            message = "disk nearly full: " + (usable >> 20) + " MiB free (expected: at least " + (needed >> 20)
                    + " MiB); free some, or shorten retention";
        } else {
            message = "";
            neededBytes = 0;
        }
        if (wasFull && message.isEmpty()) {
            LOG.info("there is room on the disk again ({} MiB); media is taken", usable >> 20);
        } else if (!wasFull && !message.isEmpty()) {
            LOG.error("{}; media is refused until then", message);
        }
    }
}
