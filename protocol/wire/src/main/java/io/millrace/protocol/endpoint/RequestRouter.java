package io.millrace.protocol.endpoint;

/** Decides from a request's head alone who takes it. Called on event loops: thread-safe and never blocking. */
@FunctionalInterface
public interface RequestRouter {
    Route route(RequestHead head);
}
