package io.millrace.video.fragments;

import io.millrace.durable.disk.DiskFile;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads fragments one after the other, each from its start, in pieces as large as the caller likes.
 *
 * <p>Checksums are checked: of a damaged fragment the last piece is not handed out. A fragment that is being read stays
 * readable after it has expired. Not thread-safe; blocks on the disk.
 */
public final class FragmentReader implements Closeable {
    private final Segments segments;
    private @Nullable DiskFile open;
    private long openSegment = -1;

    private @Nullable FragmentEntry current;
    private int offset;
    private CRC32C crc = new CRC32C();

    FragmentReader(Segments segments) {
        this.segments = segments;
    }

    /**
     * Begins a fragment and returns its head.
     *
     * @return nothing when the fragment has expired
     */
    public Optional<ByteBuffer> begin(FragmentEntry entry) throws IOException {
        current = entry;
        offset = 0;
        crc = new CRC32C();
        NewFragment memory = entry.memory();
        if (memory != null) {
            return Optional.of(memory.head().bytes());
        }
        try {
            return Optional.of(readHead(entry.place()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Returns how many bytes of the fragment have not been read. */
    public int remaining() {
        FragmentEntry entry = current;
        return entry == null ? 0 : entry.payloadBytes() - offset;
    }

    /** Fills a buffer with the next bytes of the fragment, as far as there are any. */
    public void read(ByteBuffer target) throws IOException {
        FragmentEntry entry = current;
        if (entry == null || remaining() == 0) {
            return;
        }
        int count = Math.min(target.remaining(), remaining());
        NewFragment memory = entry.memory();
        if (memory != null) {
            copy(memory, target, count);
            offset += count;
            return;
        }
        int start = target.position();
        ByteBuffer part = target.slice(start, count);
        readFully(part, (long) entry.place().position() + RecordHeader.BYTES + offset);
        crc.update(part.flip());
        offset += count;
        if (remaining() == 0 && (int) crc.getValue() != entry.place().payloadCrc()) {
            throw damaged(entry.place().position(), "a fragment is damaged");
        }
        target.position(start + count);
    }

    private void copy(NewFragment memory, ByteBuffer target, int count) {
        int skip = offset;
        int wanted = count;
        for (ByteBuffer piece : memory.payload()) {
            int taken = Math.min(Math.max(piece.remaining() - skip, 0), wanted);
            if (taken > 0) {
                target.put(piece.slice(piece.position() + skip, taken));
                wanted -= taken;
            }
            skip = Math.max(skip - piece.remaining(), 0);
        }
    }

    private ByteBuffer readHead(FragmentEntry.Place place) throws IOException {
        if (openSegment != place.segment()) {
            close();
            open = segments.read(place.segment());
            openSegment = place.segment();
        }
        ByteBuffer encoded = ByteBuffer.allocate(RecordHeader.BYTES);
        readFully(encoded, place.headPosition());
        RecordHeader header = RecordHeader.read(encoded.flip())
                .filter(read -> read.kind() == RecordHeader.Kind.HEAD)
                .orElseThrow(() -> damaged(place.headPosition(), "a fragment's head is damaged"));
        ByteBuffer head = ByteBuffer.allocate(header.payloadBytes());
        readFully(head, (long) place.headPosition() + RecordHeader.BYTES);
        head.flip();
        if (RecordHeader.crcOf(head.duplicate()) != header.payloadCrc()) {
            throw damaged(place.headPosition(), "a fragment's head is damaged");
        }
        return head;
    }

    private void readFully(ByteBuffer target, long position) throws IOException {
        DiskFile file = open;
        int count = file == null ? 0 : file.read(target, position);
        if (target.hasRemaining()) {
            throw new EOFException(String.format(Locale.ROOT, "segment %d ends at %d", openSegment, position + count));
        }
    }

    private CorruptFragmentsException damaged(long position, String what) {
        Path file = segments.fileOf(openSegment);
        return new CorruptFragmentsException(file, position, what);
    }

    @Override
    public void close() throws IOException {
        DiskFile file = open;
        open = null;
        openSegment = -1;
        if (file != null) {
            file.close();
        }
    }
}
