package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;

/**
 * The body of a response that is still being written. Thread-safe; pieces leave in the order of the calls of one
 * thread.
 *
 * <p>The writer keeps memory bounded by looking at {@link #isWritable()} before each piece and waiting for the
 * {@link #onWritable} callback when it is false.
 */
public interface ResponseStream {

    /** Sends one piece and takes over its reference. After the client has gone, it is dropped. */
    void write(ByteBuf piece);

    /** Sends one piece as the other does, and runs something on the event loop once it was sent or dropped. */
    void write(ByteBuf piece, Runnable gone);

    /** Tells whether the socket keeps up; false once about a mebibyte waits to be sent. */
    boolean isWritable();

    /** Sets what is run on the event loop each time the stream has become writable again. */
    void onWritable(Runnable callback);

    /**
     * Sets what is run once, when the response has ended or the client has gone. Run at once if that already happened.
     */
    void onClosed(Runnable callback);

    /** Ends the body as it should. */
    void finish();

    /** Breaks the response off, so that the client sees it was not whole. */
    void abort();
}
