package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.CorruptLogException;
import io.millrace.protocol.state.DocumentStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * One file of the write-ahead log, {@code NUMBER.wal}.
 *
 * <pre>
 *  offset  size  field
 *       0     8  magic and format version, {@value #MAGIC}
 *       8     8  salt of the checksums
 *      16     4  CRC32C of the bytes before
 *      20        {@link Frame}s
 * </pre>
 *
 * <p>Confined to the writer thread, but for recovery, which ends before that thread starts.
 */
final class WalSegment implements Closeable {
    static final int HEADER_BYTES = 20;
    private static final long MAGIC = 0x4D57414C_00000001L; // "MWAL", version 1
    private static final String SUFFIX = ".wal";

    private final Path file;
    private final FileChannel channel;
    private final long salt;
    private long writtenBytes;

    private WalSegment(Path file, FileChannel channel, long salt, long writtenBytes) {
        this.file = file;
        this.channel = channel;
        this.salt = salt;
        this.writtenBytes = writtenBytes;
    }

    static WalSegment create(WalFiles files, Path directory, long number, long salt) throws IOException {
        Path file = directory.resolve("%019d".formatted(number) + SUFFIX);
        FileChannel channel = files.create(file);
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).putLong(MAGIC).putLong(salt);
        header.putInt(headerChecksum(header)).flip();
        writeFully(channel, header, 0);
        channel.force(true);
        DocumentStore.syncDirectory(directory);
        return new WalSegment(file, channel, salt, HEADER_BYTES);
    }

    static boolean isSegment(Path file) {
        return file.toString().endsWith(SUFFIX);
    }

    /** Returns the number in a segment's file name. */
    static long numberOf(Path file) {
        String name = String.valueOf(file.getFileName());
        return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
    }

    Path file() {
        return file;
    }

    long writtenBytes() {
        return writtenBytes;
    }

    /** Writes frames at the end, in order. They are not durable before {@link #sync()} has returned. */
    void append(List<Frame> frames, ByteBuffer scratch) throws IOException {
        scratch.clear();
        for (Frame frame : frames) {
            ByteBuffer bytes = frame.sealed(salt);
            while (bytes.hasRemaining()) {
                if (!scratch.hasRemaining()) {
                    drain(scratch);
                }
                int piece = Math.min(bytes.remaining(), scratch.remaining());
                scratch.put(bytes.slice(bytes.position(), piece));
                bytes.position(bytes.position() + piece);
            }
        }
        drain(scratch);
    }

    private void drain(ByteBuffer scratch) throws IOException {
        scratch.flip();
        writtenBytes += scratch.remaining();
        writeFully(channel, scratch, writtenBytes - scratch.remaining());
        scratch.clear();
    }

    void sync() throws IOException {
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Returns the number of a segment's first frame, 0 when it has none that is whole. */
    static long firstNumberOf(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            if (content.limit() < HEADER_BYTES) {
                return 0;
            }
            Frame first = Frame.decode(content.position(HEADER_BYTES), content.getLong(8));
            return first == null ? 0 : first.number();
        }
    }

    /** Takes the frames of a segment, oldest first. */
    @FunctionalInterface
    interface FrameConsumer {
        void accept(Frame frame) throws IOException;
    }

    /**
     * Hands every frame of a segment to a consumer and makes the segment durable.
     *
     * @param last whether no segment follows: only then may its end be torn, and the torn end is cut off
     * @param knownNumber the last frame that was found before this segment
     */
    static void replay(Path file, boolean last, long knownNumber, FrameConsumer consumer) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long size = channel.size();
            ByteBuffer content = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
            boolean whole = size >= HEADER_BYTES
                    && content.getLong(0) == MAGIC
                    && content.getInt(16) == headerChecksum(content);
            if (!whole) {
                if (last && size <= HEADER_BYTES) {
                    channel.truncate(0); // the process died while it created the file
                    return;
                }
                throw new CorruptLogException(file, 0, "the header of a write-ahead log segment is damaged");
            }
            long salt = content.getLong(8);
            content.position(HEADER_BYTES);
            long found = knownNumber;
            Frame frame = Frame.decode(content, salt);
            while (frame != null) {
                found = Math.max(found, frame.number());
                consumer.accept(frame.detached());
                frame = Frame.decode(content, salt);
            }
            if (content.hasRemaining()) {
                if (!last || wasSynced(found + 1, content, salt)) {
                    throw new CorruptLogException(file, content.position(), "an acknowledged batch is damaged");
                }
                channel.truncate(content.position());
            }
            channel.force(true);
        }
    }

    /** Tells whether a whole frame behind a bad one says that the bad one, of this number, had been synced. */
    private static boolean wasSynced(long number, ByteBuffer content, long salt) {
        long highest = number + content.remaining();
        for (int at = content.position() + 1; at <= content.limit() - Frame.HEADER_BYTES; at++) {
            long found = Frame.numberAt(content, at); // looked at first, for it is cheaper than a checksum
            if (found > number && found <= highest) {
                Frame frame = Frame.decode(content.duplicate().position(at), salt);
                if (frame != null && frame.syncedNumber() >= number) {
                    return true;
                }
            }
        }
        return false;
    }

    private static int headerChecksum(ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(header.duplicate().position(0).limit(16));
        return (int) crc.getValue();
    }

    static void writeFully(FileChannel channel, ByteBuffer source, long position) throws IOException {
        long at = position;
        while (source.hasRemaining()) {
            at += channel.write(source, at);
        }
    }
}
