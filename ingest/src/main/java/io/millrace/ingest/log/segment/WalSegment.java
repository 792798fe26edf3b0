package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.DiskFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One life of one file of the write-ahead log, while it is written.
 *
 * <pre>
 *  offset  size  field
 *       0    44  {@link Header}
 *    4096        {@link Frame}s without gaps, then bytes of an earlier life of the file, or zeros
 *  n-4096    44  the header again, in the last page
 * </pre>
 *
 * <p>The file is as long as it will ever be before it is written to. Writes begin and end at multiples of
 * {@value #PAGE_BYTES} bytes, filled with zeros behind the last frame, so that the system need not read a page in order
 * to change a part of it; the next write begins with the page that the last one left unfinished. Both headers go out
 * with the first frames.
 *
 * <p>Confined to the writer thread.
 */
final class WalSegment implements Closeable {
    static final int PAGE_BYTES = 4096;
    static final int FIRST_FRAME_AT = PAGE_BYTES;
    private static final byte[] ZEROS = new byte[PAGE_BYTES];

    /** What a file holds beside frames: two headers, and what is left of the last page of frames. */
    static final int OVERHEAD_BYTES = 3 * PAGE_BYTES;

    /**
     * What a file says of its present life.
     *
     * <pre>
     *  offset  size  field
     *       0     8  magic and format version, {@value #MAGIC}
     *       8     8  number of the segment: grows by one with each
     *      16     8  salt of the checksums of its frames
     *      24     8  log sequence number of its first frame
     *      32     8  length of the file in bytes
     *      40     4  CRC32C of the bytes before
     * </pre>
     */
    record Header(long number, long salt, long firstFrame, long fileBytes) {
        private static final long MAGIC = 0x4D57414C_00000002L; // "MWAL", version 2
        private static final int BYTES = 44;

        private void put(ByteBuffer target, int at) {
            target.putLong(at, MAGIC).putLong(at + 8, number).putLong(at + 16, salt);
            target.putLong(at + 24, firstFrame).putLong(at + 32, fileBytes);
            target.putInt(at + 40, Checksum.of(target.slice(at, BYTES - Integer.BYTES)));
        }

        private static @Nullable Header get(ByteBuffer source, int at) {
            if (source.limit() < at + BYTES
                    || source.getLong(at) != MAGIC
                    || source.getInt(at + 40) != Checksum.of(source.slice(at, BYTES - Integer.BYTES))) {
                return null;
            }
            return new Header(
                    source.getLong(at + 8), source.getLong(at + 16), source.getLong(at + 24), source.getLong(at + 32));
        }

        /** Returns the header of a file's present life; nothing if it has none that is whole. */
        static @Nullable Header read(DiskFile file) throws IOException {
            Header first = get(pageAt(file, 0), 0);
            Header second = get(pageAt(file, Math.max(0, file.length() - PAGE_BYTES)), 0);
            return first == null || (second != null && second.number() > first.number()) ? second : first;
        }

        /** Tells whether a file of full length has never had a header on stable storage. */
        static boolean isBlank(DiskFile file) throws IOException {
            ByteBuffer zeros = ByteBuffer.allocate(PAGE_BYTES);
            return file.length() >= OVERHEAD_BYTES
                    && pageAt(file, 0).equals(zeros)
                    && pageAt(file, file.length() - PAGE_BYTES).equals(zeros);
        }

        private static ByteBuffer pageAt(DiskFile file, long position) throws IOException {
            ByteBuffer page = ByteBuffer.allocate(PAGE_BYTES);
            file.read(page, position);
            return page.flip();
        }
    }

    private final WalSlot slot;
    private final DiskFile file;
    private final Header header;
    private final ByteBuffer buffer;

    private long bufferAt; // where in the file the buffer's first byte goes
    private boolean begun;

    /**
     * Begins a new life of a file.
     *
     * @param buffer direct, aligned, a multiple of the page long; in use by this segment until it is closed
     */
    WalSegment(WalSlot slot, DiskFile file, Header header, ByteBuffer buffer) {
        this.slot = slot;
        this.file = file;
        this.header = header;
        this.buffer = buffer;
        buffer.clear();
        zeroTo(FIRST_FRAME_AT);
        header.put(buffer, 0);
    }

    WalSlot slot() {
        return slot;
    }

    boolean hasRoomFor(long frameBytes) {
        return bufferAt + buffer.position() + frameBytes + 2 * PAGE_BYTES <= slot.sizeBytes();
    }

    /** Writes frames at the end, in order. They are not durable before {@link #sync()} has returned. */
    void append(List<Frame> frames) throws IOException {
        if (!begun) {
            begun = true;
            ByteBuffer lastPage = ByteBuffer.allocate(PAGE_BYTES);
            header.put(lastPage, 0);
            file.write(lastPage, slot.sizeBytes() - PAGE_BYTES);
        }
        for (Frame frame : frames) {
            frame.seal(header.salt());
            int from = frame.start();
            int end = from + frame.sizeBytes();
            while (from < end) {
                if (!buffer.hasRemaining()) {
                    writeWhole();
                }
                int piece = Math.min(end - from, buffer.remaining());
                buffer.put(frame.array(), from, piece);
                from += piece;
            }
        }
        writeRest();
    }

    private void writeWhole() throws IOException {
        buffer.flip();
        file.write(buffer, bufferAt);
        bufferAt += buffer.limit();
        buffer.clear();
    }

    /** Writes what the buffer holds up to the end of the page, and keeps the unfinished page. */
    private void writeRest() throws IOException {
        int end = buffer.position();
        int unfinished = end % PAGE_BYTES;
        if (unfinished > 0) {
            zeroTo(end - unfinished + PAGE_BYTES);
        }
        buffer.flip();
        file.write(buffer, bufferAt);
        buffer.limit(end).position(end - unfinished);
        buffer.compact();
        bufferAt += end - unfinished;
    }

    private void zeroTo(int position) {
        buffer.put(ZEROS, 0, position - buffer.position());
    }

    void sync() throws IOException {
        file.sync();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
