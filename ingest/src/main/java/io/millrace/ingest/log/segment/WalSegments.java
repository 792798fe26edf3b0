package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import io.millrace.durable.disk.DiskFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;

/** The run of segments of a write-ahead log, each in a file of the {@link WalPool}. Confined to the writer thread. */
final class WalSegments {
    private final Disk disk;
    private final WalPool pool;
    private final RandomGenerator salts;
    private long nextNumber;

    WalSegments(Disk disk, WalPool pool, RandomGenerator salts, long nextNumber) {
        this.disk = disk;
        this.pool = pool;
        this.salts = salts;
        this.nextNumber = nextNumber;
    }

    /**
     * No file could be made or opened, such as for want of descriptors. Nothing was written, so that it can be tried
     * again.
     */
    static final class NoFileException extends IOException {
        private static final long serialVersionUID = 1;

        NoFileException(IOException cause) {
            super("the write-ahead log cannot begin its next file: " + cause.getMessage(), cause);
        }
    }

    /**
     * Begins the next segment, which can take so many bytes of frames and begins with a frame of this number.
     *
     * @throws DiskFullException if there is no room for it
     */
    WalSegment next(long frameBytes, long firstFrame, ByteBuffer buffer) throws DiskFullException, NoFileException {
        WalSlot slot;
        DiskFile file;
        try {
            slot = pool.take(frameBytes);
            file = open(slot);
        } catch (DiskFullException e) {
            throw e;
        } catch (IOException e) {
            throw new NoFileException(e);
        }
        WalSegment.Header header = new WalSegment.Header(nextNumber++, salts.nextLong(), firstFrame, slot.sizeBytes());
        pool.prepare();
        return new WalSegment(slot, file, header, buffer);
    }

    private DiskFile open(WalSlot slot) throws IOException {
        try {
            return disk.openForWrite(slot.file());
        } catch (IOException e) {
            pool.giveBack(slot);
            throw e;
        }
    }

    /** Ends a segment whose last frame this is; it has been synced. */
    void retire(WalSegment segment, long lastFrame) throws IOException {
        segment.close();
        pool.retire(segment.slot(), lastFrame);
    }
}
