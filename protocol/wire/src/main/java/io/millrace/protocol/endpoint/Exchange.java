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
     */
    void answer(int status, Map<String, String> headers, ByteBuf body);

    /**
     * Sends a complete response whose body is made while it is sent.
     *
     * @param headers in addition to the content length
     * @param body is closed when it has been sent or can never be
     */
    void answer(int status, Map<String, String> headers, BodyPieces body);

    /** Sends the head of a response at once and leaves its body open. */
    ResponseStream answerStreaming(int status, Map<String, String> headers);

    /** Says which operation the request has turned out to mean, for it to be counted under that name. */
    default void called(String service, String operation) {}

    /** Returns the connection's event loop. */
    Executor eventLoop();
}
