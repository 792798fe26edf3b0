package io.millrace.protocol.auth;

import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.endpoint.RequestHead;

/**
 * Finds out in whose account a request is made. Thread-safe, and never blocks: it is called on event loops.
 *
 * <p>A service is meant by the name that it has in signatures, for example {@code kinesis}.
 */
public interface Authentication {

    /** Returns the sender's account and the region that the request speaks of. */
    Namespace authenticate(RequestHead head, String service, byte[] body) throws UnauthenticatedException;

    /**
     * Refuses a request that {@link #authenticate} would refuse whatever its body is, as far as its head tells. A
     * request that passes is not authenticated yet.
     */
    default void checkHead(RequestHead head, String service) throws UnauthenticatedException {}

    /** As the other, for a request whose body is still on its way and may be endless. */
    Namespace authenticateStreamed(RequestHead head, String service) throws UnauthenticatedException;

    /** Returns one that believes everybody: all share one account, and the region is the one that the request names. */
    static Authentication off() {
        return new Authentication() {
            @Override
            public Namespace authenticate(RequestHead head, String service, byte[] body) {
                return Namespace.of(head);
            }

            @Override
            public Namespace authenticateStreamed(RequestHead head, String service) {
                return Namespace.of(head);
            }
        };
    }
}
