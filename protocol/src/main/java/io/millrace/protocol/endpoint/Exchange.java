package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * One request and the chance to answer it exactly once. Thread-safe: an answer may come from any thread.
 */
public interface Exchange {

    RequestHead head();

    /** Returns an identifier of this request, unique in the world, in the form of a UUID. */
    String requestId();

    /** Sends a complete response. */
    void answer(Answer answer);

    /**
     * Sends a complete response.
     *
     * @param headers in addition to the content length
     * @param body is released when it has been sent
     * @param sent is run on the event loop when the response is out or can never be
     */
    void answer(int status, Map<String, String> headers, ByteBuf body, Runnable sent);

    /** As the other, for a body that nobody counts. */
    default void answer(int status, Map<String, String> headers, ByteBuf body) {
        answer(status, headers, body, () -> {});
    }

    /** Sends the head of a response at once and leaves its body open. */
    ResponseStream answerStreaming(int status, Map<String, String> headers);

    /** Returns the connection's event loop. */
    Executor eventLoop();
}
