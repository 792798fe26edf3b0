package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.disk.Disk;
import io.millrace.ingest.log.disk.DiskFile;
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

    /** Begins the next segment, which can take so many bytes of frames and begins with a frame of this number. */
    WalSegment next(long frameBytes, long firstFrame, ByteBuffer buffer) throws IOException {
        WalSlot slot = pool.take(frameBytes);
        DiskFile file = disk.openForWrite(slot.file());
        WalSegment.Header header = new WalSegment.Header(nextNumber++, salts.nextLong(), firstFrame, slot.sizeBytes());
        pool.prepare();
        return new WalSegment(slot, file, header, buffer);
    }

    /** Ends a segment whose last frame this is; it has been synced. */
    void retire(WalSegment segment, long lastFrame) throws IOException {
        segment.close();
        pool.retire(segment.slot(), lastFrame);
    }
}
