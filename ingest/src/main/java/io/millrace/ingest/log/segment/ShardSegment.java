package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.CorruptLogException;
import io.millrace.ingest.log.StoredRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One file of one shard: a run of {@link Frame}s with consecutive offsets, named by the first one.
 *
 * <p>Written by the flusher thread without syncing; the write-ahead log keeps the same frames until a checkpoint has
 * synced this file. A sparse index (one entry for {@value #INDEX_EVERY_BYTES} bytes) leads from offsets to positions; it
 * is built while appending, or from the frame headers when the file is first read. The file is opened for each use, so
 * that ten thousand shards need no ten thousand descriptors. All methods are called under the lock of the {@link Shard}.
 */
final class ShardSegment {
    private static final int INDEX_EVERY_BYTES = 64 * 1024;
    private static final int READ_BYTES = 256 * 1024;
    private static final String SUFFIX = ".seg";

    private record Entry(long position, long arrivalEpochMillis) {}

    private final Path file;
    private final long shard;
    private final long baseOffset;
    private final TreeMap<Long, Entry> index = new TreeMap<>();

    private boolean indexed;
    private long lengthBytes;
    private long indexedUpTo;
    private long lastArrival = Long.MIN_VALUE;
    private boolean unsynced;

    private ShardSegment(Path file, long shard, long baseOffset, long lengthBytes, boolean indexed) {
        this.file = file;
        this.shard = shard;
        this.baseOffset = baseOffset;
        this.lengthBytes = lengthBytes;
        this.indexed = indexed;
    }

    static ShardSegment create(Path directory, long shard, long baseOffset) {
        return new ShardSegment(directory.resolve(nameOf(baseOffset)), shard, baseOffset, 0, true);
    }

    static ShardSegment open(Path file, long shard) throws IOException {
        return new ShardSegment(file, shard, baseOffsetOf(file), Files.size(file), false);
    }

    static String nameOf(long baseOffset) {
        return "%019d".formatted(baseOffset) + SUFFIX;
    }

    static boolean isSegment(Path file) {
        return file.toString().endsWith(SUFFIX);
    }

    static long baseOffsetOf(Path file) {
        String name = String.valueOf(file.getFileName());
        return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
    }

    long baseOffset() {
        return baseOffset;
    }

    long lengthBytes() {
        return lengthBytes;
    }

    /** Appends frames that follow each other and what is here. */
    void append(List<Frame> frames) throws IOException {
        ensureIndexed();
        int total = frames.stream().mapToInt(Frame::sizeBytes).sum();
        ByteBuffer all = ByteBuffer.allocate(total);
        long position = lengthBytes;
        for (Frame frame : frames) {
            noteInIndex(frame.baseOffset(), position, frame.arrivalEpochMillis());
            all.put(frame.detached().sealed(shard));
            position += frame.sizeBytes();
        }
        unsynced = true;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            WalSegment.writeFully(channel, all.flip(), lengthBytes);
        }
        lengthBytes = position;
    }

    /** Makes everything appended durable. Returns whether there was something to do. */
    boolean sync() throws IOException {
        if (!unsynced) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        unsynced = false;
        return true;
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
    }

    /** Returns the arrival time of the first frame. The file must not be empty. */
    long firstArrival() throws IOException {
        ensureIndexed();
        return index.firstEntry().getValue().arrivalEpochMillis();
    }

    /** Returns the arrival time of the last frame; the smallest long for an empty file. */
    long lastArrival() throws IOException {
        ensureIndexed();
        return lastArrival;
    }

    /** Adds records from an offset on, up to the limits. Returns the bytes added, or more than the limit when full. */
    long read(long fromOffset, int maxRecords, long maxBytes, List<StoredRecord> target) throws IOException {
        ensureIndexed();
        Map.Entry<Long, Entry> start = index.floorEntry(fromOffset);
        long position = start == null ? 0 : start.getValue().position();
        long added = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            FrameReader frames = new FrameReader(channel, position);
            Frame frame = frames.next();
            while (frame != null && target.size() < maxRecords && added < maxBytes) {
                if (frame.endOffset() > fromOffset) {
                    long bytes = frame.addRecords(fromOffset, maxRecords, maxBytes - added, target);
                    added = bytes == Long.MAX_VALUE ? bytes : added + bytes;
                }
                frame = added < maxBytes ? frames.next() : null;
            }
        }
        return added;
    }

    /** Returns the offset of the first record at or after a time, or nothing when all are earlier. */
    @Nullable
    Long offsetAtTime(long epochMillis) throws IOException {
        if (lastArrival() < epochMillis) {
            return null;
        }
        long position = 0;
        for (Entry entry : index.values()) { // in file order; times never decrease
            if (entry.arrivalEpochMillis() >= epochMillis) {
                break;
            }
            position = entry.position();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            FrameReader frames = new FrameReader(channel, position);
            for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
                if (frame.arrivalEpochMillis() >= epochMillis) {
                    return frame.baseOffset();
                }
            }
        }
        return null;
    }

    private void noteInIndex(long offset, long position, long arrivalEpochMillis) {
        if (index.isEmpty() || position - indexedUpTo >= INDEX_EVERY_BYTES) {
            index.put(offset, new Entry(position, arrivalEpochMillis));
            indexedUpTo = position;
        }
        lastArrival = arrivalEpochMillis;
    }

    private void ensureIndexed() throws IOException {
        if (indexed) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer header = ByteBuffer.allocate(Frame.HEADER_BYTES);
            long position = 0;
            long lastFrame = 0;
            while (position < lengthBytes) {
                lastFrame = position;
                header.clear();
                readFully(channel, header, position);
                header.flip();
                int length = Frame.lengthAt(header, 0);
                if (length == 0) {
                    throw new CorruptLogException(file, position, "an acknowledged batch is damaged");
                }
                noteInIndex(header.getLong(24), position, header.getLong(32));
                position += 8 + length;
            }
            // Its arrival time decides alone whether the whole segment is too old: not to be taken from a bad header.
            new FrameReader(channel, lastFrame).next();
        }
        indexed = true;
    }

    private static void readFully(FileChannel channel, ByteBuffer target, long position) throws IOException {
        long at = position;
        int count = 0;
        while (target.hasRemaining() && count >= 0) {
            count = channel.read(target, at);
            at += Math.max(0, count);
        }
    }

    /** Reads frame after frame through a buffer that grows to the largest frame met. */
    private final class FrameReader {
        private final FileChannel channel;
        private ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES).limit(0);
        private long position;

        FrameReader(FileChannel channel, long position) {
            this.channel = channel;
            this.position = position;
        }

        @Nullable
        Frame next() throws IOException {
            if (position >= lengthBytes) {
                return null;
            }
            Frame frame = Frame.decode(buffer, shard);
            if (frame == null) {
                refill();
                frame = Frame.decode(buffer, shard);
            }
            if (frame == null) {
                throw new CorruptLogException(file, position, "an acknowledged batch is damaged");
            }
            position += frame.sizeBytes();
            return frame;
        }

        private void refill() throws IOException {
            ByteBuffer header = ByteBuffer.allocate(Frame.HEADER_BYTES);
            readFully(channel, header, position);
            int needed = 8 + Frame.lengthAt(header.flip(), 0);
            buffer = ByteBuffer.allocate((int) Math.min(Math.max(READ_BYTES, needed), lengthBytes - position));
            readFully(channel, buffer, position);
            buffer.flip();
        }
    }
}
