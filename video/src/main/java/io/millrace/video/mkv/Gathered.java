package io.millrace.video.mkv;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Bytes that are appended to and never moved: a list of pieces that grow with the whole, so that a fragment of 50 MB
 * needs no copy of 50 MB to become larger. Not thread-safe.
 */
final class Gathered {
    private static final int MIN_PIECE_BYTES = 4 * 1024;
    private static final int MAX_PIECE_BYTES = 256 * 1024; // half of what G1 lays out apart, in a small heap

    private final List<byte[]> pieces = new ArrayList<>();
    private byte[] last = new byte[0];
    private int lastLength;
    private int length;
    private int allocated;

    void append(ByteBuffer source) {
        while (source.hasRemaining()) {
            if (lastLength == last.length) {
                last = new byte[Math.max(MIN_PIECE_BYTES, Math.min(length, MAX_PIECE_BYTES))];
                lastLength = 0;
                pieces.add(last);
                allocated += last.length;
            }
            int count = Math.min(source.remaining(), last.length - lastLength);
            source.get(last, lastLength, count);
            lastLength += count;
            length += count;
        }
    }

    int length() {
        return length;
    }

    /** Returns how much memory is held, in bytes. */
    int allocated() {
        return allocated;
    }

    /** Returns read-only views of the pieces, in order. */
    List<ByteBuffer> buffers() {
        List<ByteBuffer> buffers = new ArrayList<>(pieces.size());
        for (byte[] piece : pieces) {
            int filled = piece == last ? lastLength : piece.length;
            buffers.add(ByteBuffer.wrap(piece, 0, filled).slice().asReadOnlyBuffer());
        }
        return buffers;
    }

    byte[] toByteArray() {
        byte[] bytes = new byte[length];
        int position = 0;
        for (ByteBuffer buffer : buffers()) {
            int count = buffer.remaining();
            buffer.get(bytes, position, count);
            position += count;
        }
        return bytes;
    }
}
