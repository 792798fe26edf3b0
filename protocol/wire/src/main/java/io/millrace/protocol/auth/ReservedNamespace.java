package io.millrace.protocol.auth;

import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.endpoint.RequestHead;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Puts the holder of one access key into a namespace of its own, and leaves all others to another authentication.
 *
 * <p>The region of that namespace has a name that no region can have ({@value #REGION}), so that no other caller can be
 * in it, whatever they sign or claim. The signature of its key is always checked, also where those of others are not.
 * Thread-safe.
 */
public final class ReservedNamespace implements Authentication {
    /** Scopes of signatures name regions of letters, digits and dashes only. */
    private static final String REGION = "node_internal";

    /** Where the node keeps what no caller may name. */
    public static final Namespace NAMESPACE = new Namespace(Namespace.DEFAULT_ACCOUNT, REGION);

    private final String claim;
    private final String service;
    private final Authentication signed;
    private final Authentication others;

    /**
     * @param key of the only caller of the namespace
     * @param service the only service that it calls, as signatures name it
     * @param others who else is let in; none of them has the key
     */
    public ReservedNamespace(
            AccessKey key, String service, Duration clockSkew, InstantSource clock, Authentication others) {
        this.claim = "Credential=" + key.id() + "/";
        this.service = service;
        this.signed = new SigV4Authentication(id -> id.equals(key.id()) ? key : null, clockSkew, clock);
        this.others = others;
    }

    @Override
    public Namespace authenticate(RequestHead head, String calledService, byte[] body) throws UnauthenticatedException {
        if (!isClaimed(head, calledService)) {
            return others.authenticate(head, calledService, body);
        }
        signed.authenticate(head, calledService, body);
        return NAMESPACE;
    }

    @Override
    public Namespace authenticateStreamed(RequestHead head, String calledService) throws UnauthenticatedException {
        if (!isClaimed(head, calledService)) {
            return others.authenticateStreamed(head, calledService);
        }
        signed.authenticateStreamed(head, calledService);
        return NAMESPACE;
    }

    private boolean isClaimed(RequestHead head, String calledService) {
        String authorization = head.header("Authorization");
        return authorization != null && calledService.equals(service) && authorization.contains(claim);
    }
}
