package io.millrace.protocol.endpoint;

import org.jspecify.annotations.Nullable;

/** Who takes a request, and whether its body is collected first. */
public sealed interface Route {

    /**
     * The body is collected and handed over whole.
     *
     * @param headCheck looks at the head before a body that is not small is read
     * @param maxBodyBytes above this {@code onTooLarge} answers instead
     */
    record Whole(int maxBodyBytes, HeadCheck headCheck, WholeHandler handler, TooLargeHandler onTooLarge)
            implements Route {
        /** Makes a route that reads every body. */
        public Whole(int maxBodyBytes, WholeHandler handler, TooLargeHandler onTooLarge) {
            this(maxBodyBytes, exchange -> null, handler, onTooLarge);
        }
    }

    /** The body is handed over as it arrives; it may be endless. */
    record Streamed(StreamedHandler handler) implements Route {}

    /** Refuses a request whose answer does not depend on its body. The connection is closed after a refusal. */
    @FunctionalInterface
    interface HeadCheck {
        /** Returns the refusal; null if the body has to be read. */
        @Nullable
        Answer refusal(Exchange exchange);
    }

    /** Takes a request with its whole body. Called on the connection's event loop and must not block it. */
    @FunctionalInterface
    interface WholeHandler {
        void handle(Exchange exchange, byte[] body);
    }

    /** Answers a request whose body is longer than the route allows. The connection is closed afterwards. */
    @FunctionalInterface
    interface TooLargeHandler {
        Answer answer(Exchange exchange);
    }

    /** Takes a request whose body is still on its way. Called on the connection's event loop. */
    @FunctionalInterface
    interface StreamedHandler {
        /** Returns the receiver of the body. The first {@link RequestFlow#more()} has to come from the handler. */
        BodyReceiver begin(Exchange exchange, RequestFlow flow);
    }
}
