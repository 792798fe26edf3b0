package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** A large body in pieces, that is there already. */
final class SlicedBody implements BodyPieces {
    private final ByteBuf body;
    private final long lengthBytes;

    /** @param body is released when the body ends */
    SlicedBody(ByteBuf body) {
        this.body = body;
        this.lengthBytes = body.readableBytes();
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
    }

    @Override
    public ByteBuf next(ByteBufAllocator allocator) {
        return body.readRetainedSlice(Math.min(PIECE_BYTES, body.readableBytes()));
    }

    @Override
    public void close() {
        body.release();
    }
}
