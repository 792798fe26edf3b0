package io.millrace.server.bench.client;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes the bodies of a connection's answers as they come. Called on the client's thread. */
interface BodySink {
    /** The body of another answer begins. */
    void begin();

    /** Takes so many bytes of the body out of a buffer. @throws IOException if they make no sense */
    void take(ByteBuffer in, int count) throws IOException;
}
