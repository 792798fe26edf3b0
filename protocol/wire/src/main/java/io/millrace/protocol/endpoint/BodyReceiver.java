package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;

/** Takes a request body piece by piece. All calls come from the connection's event loop and must not block it. */
public interface BodyReceiver {

    /**
     * Takes one piece, after {@link RequestFlow#more()} asked for it. The buffer is the receiver's only until it
     * returns.
     */
    void onData(ByteBuf piece);

    /** The body ended as it should. Called at most once, and nothing follows. */
    void onEnd();

    /** The sender went away or broke the protocol before the end. Called at most once, and nothing follows. */
    void onAbort();

    /** Returns one that drops what comes: for a request that has been answered before its body was read. */
    static BodyReceiver dropping() {
        return new BodyReceiver() {
            @Override
            public void onData(ByteBuf piece) {}

            @Override
            public void onEnd() {}

            @Override
            public void onAbort() {}
        };
    }
}
