package io.millrace.protocol.endpoint;

/** The valve of a streamed request body. Thread-safe. */
@FunctionalInterface
public interface RequestFlow {
    /** Asks for one more piece of the body. A sender is slowed down by not being asked. */
    void more();
}
