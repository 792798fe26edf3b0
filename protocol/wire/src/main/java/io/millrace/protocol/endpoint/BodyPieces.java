package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * The body of a response, made piece by piece as the client takes it, so that never all of it is in memory.
 *
 * <p>Called by one thread at a time: the one that answers, then the connection's event loop, so that making a piece
 * must not block.
 */
public interface BodyPieces {
    /**
     * The most that a piece has: long enough to be worth a call of the system, and short enough for a processor's
     * cache.
     */
    int PIECE_BYTES = 128 * 1024;

    /** Returns the length of all pieces together. */
    long lengthBytes();

    /**
     * Makes the next piece, of 1 to {@value #PIECE_BYTES} bytes, which the caller releases. Called until the pieces
     * have the length that was said.
     */
    ByteBuf next(ByteBufAllocator allocator);

    /** Ends the body: it is out, or can never be. Called once. */
    default void close() {}
}
