package io.millrace.video.fragments;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Reads a segment after a restart. A segment that was followed by another must be whole; the newest may have a torn
 * end, which is cut off. Damage anywhere else changes nothing and is thrown.
 */
final class SegmentScan {
    private static final int BUFFER_BYTES = 1024 * 1024;

    private final Path file;
    private final DiskFile open;
    private final long length;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private boolean sealed;
    /** Up to where the records themselves say that everything was synced. */
    private long durable;

    private SegmentScan(Path file, DiskFile open) throws IOException {
        this.file = file;
        this.open = open;
        this.length = open.length();
    }

    /** Takes what is found of each fragment. */
    @FunctionalInterface
    interface Visitor {
        void onFragment(RecordHeader header, int position);
    }

    /** Reads the headers of a segment that was closed before the next one was begun. */
    static void closed(Disk disk, Path file, Visitor visitor) throws IOException {
        try (DiskFile open = disk.openForRead(file)) {
            SegmentScan scan = new SegmentScan(file, open);
            long end = scan.walk(false, visitor);
            if (end < scan.length) {
                throw new CorruptFragmentsException(file, end, "a record of a closed segment is damaged");
            }
            if (!scan.sealed) {
                throw new CorruptFragmentsException(file, end, "a closed segment ends without its seal");
            }
        }
    }

    /**
     * Reads the newest segment with all its payloads, cuts off a torn end and makes what is left durable.
     *
     * <p>What was written behind the last sync is written again: of a killed process it may exist in the page cache
     * only, and after a sync that failed the system may believe it to be on the disk.
     */
    static void newest(Disk disk, Path file, Visitor visitor) throws IOException {
        try (DiskFile open = disk.openForWrite(file)) {
            SegmentScan scan = new SegmentScan(file, open);
            long end = scan.walk(true, visitor);
            if (end < scan.length) {
                scan.checkTorn(end);
            }
            scan.rewrite(scan.durable, end);
            scan.cutAndSeal(end);
        }
    }

    /** Returns the position of the first record that is not whole, or the end. */
    private long walk(boolean payloads, Visitor visitor) throws IOException {
        long position = 0;
        while (position < length && !sealed) {
            Optional<RecordHeader> read = headerAt(position);
            if (read.isEmpty()) {
                return position;
            }
            RecordHeader header = read.get();
            long next = RecordHeader.nextPosition(position, header.payloadBytes());
            if (next > length || (payloads && !isWhole(header, position))) {
                return position;
            }
            if (header.kind() == RecordHeader.Kind.FRAGMENT) {
                visitor.onFragment(header, (int) position);
            }
            durable = Math.max(durable, header.durableBytes());
            sealed = header.kind() == RecordHeader.Kind.SEAL;
            position = next;
        }
        return position;
    }

    /** Looks behind a bad record for one that proves it had been acknowledged. */
    private void checkTorn(long bad) throws IOException {
        for (long start = bad + RecordHeader.BYTES; start < length; start += BUFFER_BYTES) {
            fill(start, (int) Math.min(BUFFER_BYTES, length - start));
            while (buffer.remaining() >= RecordHeader.BYTES) {
                Optional<RecordHeader> header = RecordHeader.read(buffer);
                if (header.isPresent() && header.get().durableBytes() > bad) {
                    throw new CorruptFragmentsException(file, bad, "an acknowledged record is damaged");
                }
                buffer.position(buffer.position() + RecordHeader.BYTES);
            }
        }
    }

    private void rewrite(long from, long end) throws IOException {
        for (long at = from; at < end; at += buffer.limit()) {
            fill(at, (int) Math.min(BUFFER_BYTES, end - at));
            open.write(buffer, at);
        }
    }

    private void cutAndSeal(long end) throws IOException {
        open.truncate(end);
        if (sealed) {
            open.sync();
            return;
        }
        ByteBuffer seal = ByteBuffer.allocate(RecordHeader.BYTES);
        RecordHeader.seal((int) end).write(seal);
        open.write(seal.flip(), end);
        open.sync();
    }

    private Optional<RecordHeader> headerAt(long position) throws IOException {
        fill(position, RecordHeader.BYTES);
        return RecordHeader.read(buffer);
    }

    private boolean isWhole(RecordHeader header, long position) throws IOException {
        CRC32C crc = new CRC32C();
        long at = position + RecordHeader.BYTES;
        long end = at + header.payloadBytes();
        while (at < end) {
            fill(at, (int) Math.min(BUFFER_BYTES, end - at));
            if (!buffer.hasRemaining()) {
                return false;
            }
            at += buffer.remaining();
            crc.update(buffer);
        }
        return (int) crc.getValue() == header.payloadCrc();
    }

    private void fill(long position, int count) throws IOException {
        buffer.clear().limit(count);
        open.read(buffer, position);
        buffer.flip();
    }
}
