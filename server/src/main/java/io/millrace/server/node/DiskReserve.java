package io.millrace.server.node;

import io.millrace.durable.disk.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Room on the disk that a start may use: a file that is deleted when a node starts on a full disk, so that it can serve
 * reads and deletes, and is written again once there is room.
 *
 * <p>For one thread at a time.
 */
final class DiskReserve {
    private static final Logger LOG = LoggerFactory.getLogger(DiskReserve.class);
    private static final long MOST_BYTES = 64L << 20;
    private static final int SHARE = 100;
    /** So much must be free, in reserves, before one is set aside. */
    private static final int PLENTY = 8;

    private static final int PIECE_BYTES = 1 << 20;

    private final Path file;
    private final Disk disk;
    private final long bytes;

    /** The disk that is looked at. */
    interface Disk {
        long usableBytes() throws IOException;
    }

    DiskReserve(Path file, Disk disk, long bytes) {
        this.file = file;
        this.disk = disk;
        this.bytes = bytes;
    }

    /** Returns the reserve in a data directory: 64 MiB, or a hundredth of a smaller disk. */
    static DiskReserve in(DataDirectory directory) throws IOException {
        Path file = directory.resolve("reserve");
        FileStore disk = Files.getFileStore(file.resolveSibling("."));
        return new DiskReserve(file, disk::getUsableSpace, Math.min(MOST_BYTES, disk.getTotalSpace() / SHARE));
    }

    /** Gives the room back to the disk when less than that is free. Called before a start writes anything. */
    void releaseIfFull() throws IOException {
        if (disk.usableBytes() < bytes && Files.deleteIfExists(file)) {
            LOG.warn(
                    "the disk is full: {} MiB that were set aside for this start are used; free some space",
                    bytes >> 20);
        }
    }

    /** Sets the room aside when there is plenty. Called from time to time. */
    void renew() throws IOException {
        if (!Files.exists(file) && disk.usableBytes() > bytes * PLENTY) {
            Path temporary = AtomicFile.temporaryOf(file);
            Files.deleteIfExists(temporary);
            fill(temporary);
            AtomicFile.publish(temporary, file);
        }
    }

    /** File systems that compress would set nothing aside for zeroes. */
    private void fill(Path target) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        Random random = new Random(bytes);
        try (FileChannel channel = FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long written = 0; written < bytes; written += PIECE_BYTES) {
                random.nextBytes(piece);
                ByteBuffer buffer = ByteBuffer.wrap(piece, 0, (int) Math.min(PIECE_BYTES, bytes - written));
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
        }
    }
}
