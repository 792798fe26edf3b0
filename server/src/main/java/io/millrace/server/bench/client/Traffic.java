package io.millrace.server.bench.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What the connections of a {@link LoadClient} send, and what they make of the answers. Called on its thread only. */
public interface Traffic {

    /** What one answer was worth. */
    record Outcome(long records, long dataBytes, @Nullable String error) {
        static Outcome failed(String error) {
            return new Outcome(0, 0, error);
        }
    }

    /** Returns the next request of a connection, from its position to its limit; null when it has no more to send. */
    @Nullable
    ByteBuffer next(int connection);

    /** Returns what takes the bodies of a connection's answers; null when they are to be kept whole. */
    default @Nullable BodySink sink(int connection) {
        return null;
    }

    /** Looks at an answer, which is valid during this call only. @throws IOException if it makes no sense */
    Outcome answered(int connection, ResponseScanner answer) throws IOException;
}
