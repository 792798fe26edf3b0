package io.millrace.ingest.log.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link Block}s out of frames.
 *
 * <p>Frames go straight to a direct buffer that is used again for each block: an array would be cleared, collected and
 * copied to such a buffer by the channel. Only a block that is larger than it, which has a single frame, gets memory of
 * its own.
 *
 * <p>Confined to the background thread.
 */
final class BlockEncoder {
    private static final int BUFFER_BYTES = 1024 * 1024;

    private @Nullable ByteBuffer buffer; // made when a log has something to write

    /**
     * A block ready to be written.
     *
     * @param bytes header and body; good until the next block is made
     */
    record Encoded(Block.Header header, ByteBuffer bytes) {}

    /** Takes blocks, one after the other. */
    @FunctionalInterface
    interface Target {
        void write(Encoded block) throws IOException;
    }

    /**
     * Makes blocks of about {@value Block#TARGET_BYTES} bytes, expanded, out of frames that follow each other. Each is
     * written before the next is made, so that not all of them are in memory.
     */
    void encode(long shard, List<Frame> frames, BlockCodec codec, Target target) throws IOException {
        int from = 0;
        while (from < frames.size()) {
            int size = frames.get(from).sizeBytes();
            int to = from + 1;
            while (to < frames.size()
                    && size + frames.get(to).sizeBytes() <= Block.TARGET_BYTES
                    && frames.get(to).baseOffset() == frames.get(to - 1).endOffset()) {
                size += frames.get(to).sizeBytes();
                to++;
            }
            target.write(encodeOne(shard, frames.subList(from, to), size, codec));
            from = to;
        }
    }

    private Encoded encodeOne(long shard, List<Frame> frames, int size, BlockCodec codec) {
        ByteBuffer out = bufferFor(Block.HEADER_BYTES + size).position(Block.HEADER_BYTES);
        byte[] packed = codec == BlockCodec.NONE ? null : packed(frames, size, codec);
        if (packed == null) {
            putAll(frames, out);
        } else {
            out.put(packed);
        }
        out.flip();
        int stored = out.limit() - Block.HEADER_BYTES;
        Frame first = frames.get(0);
        Frame last = frames.get(frames.size() - 1);
        Block.Header header = new Block.Header(
                stored,
                size,
                Checksum.of(out.slice(Block.HEADER_BYTES, stored)),
                first.baseOffset(),
                last.endOffset(),
                first.arrivalEpochMillis(),
                last.arrivalEpochMillis(),
                packed == null ? BlockCodec.NONE : codec);
        out.put(0, header.encode(shard));
        return new Encoded(header, out);
    }

    /** Returns the compressed body, nothing if that is not smaller. */
    private static byte @Nullable [] packed(List<Frame> frames, int size, BlockCodec codec) {
        byte[] plain = new byte[size];
        putAll(frames, ByteBuffer.wrap(plain));
        byte[] packed = codec.compress(plain);
        return packed.length < size ? packed : null;
    }

    private static void putAll(List<Frame> frames, ByteBuffer target) {
        for (Frame frame : frames) {
            target.put(frame.array(), frame.start(), frame.sizeBytes());
        }
    }

    /** Returns a buffer whose limit is the size. */
    private ByteBuffer bufferFor(int size) {
        if (size > BUFFER_BYTES) {
            return ByteBuffer.allocate(size);
        }
        ByteBuffer kept = buffer;
        if (kept == null) {
            kept = ByteBuffer.allocateDirect(BUFFER_BYTES);
            buffer = kept;
        }
        return kept.clear().limit(size);
    }
}
