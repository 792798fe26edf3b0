package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the blocks of one shard file begin, by offset and by time. Both grow from block to block, so a search is O(log
 * n).
 *
 * <p>At the end of a file that is closed it stands as
 *
 * <pre>
 *  size  field
 *     8  magic and format version, {@value #MAGIC}
 *     4  number of blocks
 *    24  for each block: offset of its first record, position in the file, arrival time of its last record
 *     4  CRC32C of the bytes before
 * </pre>
 *
 * <p>Thread-safe: one thread adds, any thread searches.
 */
final class BlockIndex {
    private static final long MAGIC = 0x4D494458_00000001L; // "MIDX", version 1
    private static final int ENTRY_BYTES = 24;
    private static final int HEADER_BYTES = 12;

    private long[] bases = new long[4];
    private long[] positions = new long[4];
    private long[] lastArrivals = new long[4];
    private int size;

    synchronized void add(long base, long position, long lastArrival) {
        if (size == bases.length) {
            bases = Arrays.copyOf(bases, 2 * size);
            positions = Arrays.copyOf(positions, 2 * size);
            lastArrivals = Arrays.copyOf(lastArrivals, 2 * size);
        }
        bases[size] = base;
        positions[size] = position;
        lastArrivals[size] = lastArrival;
        size++;
    }

    synchronized int size() {
        return size;
    }

    synchronized long base(int block) {
        return bases[block];
    }

    synchronized long position(int block) {
        return positions[block];
    }

    /** Returns the last block that begins at or before an offset; the first one if none does. */
    synchronized int blockAt(long offset) {
        int found = Arrays.binarySearch(bases, 0, size, offset);
        return Math.max(0, found >= 0 ? found : -found - 2);
    }

    /** Returns the first block whose last record arrived at or after a time; the number of blocks if none did. */
    synchronized int blockAtTime(long epochMillis) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (lastArrivals[middle] < epochMillis) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    synchronized ByteBuffer encode() {
        ByteBuffer out = ByteBuffer.allocate(encodedBytes(size));
        out.putLong(MAGIC).putInt(size);
        for (int i = 0; i < size; i++) {
            out.putLong(bases[i]).putLong(positions[i]).putLong(lastArrivals[i]);
        }
        out.putInt(Checksum.of(out.array(), 0, out.position()));
        return out.flip();
    }

    private static int encodedBytes(int blocks) {
        return HEADER_BYTES + blocks * ENTRY_BYTES + Integer.BYTES;
    }

    /** Reads the index that begins at a position of a file; nothing if there is no whole one. */
    static @Nullable BlockIndex read(DiskFile file, long position) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        file.read(header, position);
        int blocks = header.getInt(8);
        if (header.getLong(0) != MAGIC || blocks < 0 || blocks > (file.length() - position) / ENTRY_BYTES) {
            return null;
        }
        ByteBuffer in = ByteBuffer.allocate(encodedBytes(blocks));
        file.read(in, position);
        int end = in.limit() - Integer.BYTES;
        if (in.getInt(end) != Checksum.of(in.array(), 0, end)) {
            return null;
        }
        BlockIndex index = new BlockIndex();
        for (int at = HEADER_BYTES; at < end; at += ENTRY_BYTES) {
            index.add(in.getLong(at), in.getLong(at + 8), in.getLong(at + 16));
        }
        return index;
    }
}
