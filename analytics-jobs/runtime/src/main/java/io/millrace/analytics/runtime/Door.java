package io.millrace.analytics.runtime;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The secret of this process. Its REST endpoints answer only requests that carry it, as {@code Authorization: Bearer}.
 *
 * <p>The secret is made at start and kept in memory. It is in no setting of Flink, since SQL can list settings. Flink
 * makes the handlers that ask for it by itself, so the process has one door, set before the first endpoint starts.
 * Thread-safe.
 */
final class Door {
    private static final int SECRET_BYTES = 32;

    private static volatile @Nullable Door current;

    private final String secret;
    private volatile int restPort;

    private Door(String secret) {
        this.secret = secret;
    }

    /** Makes a new secret, which from now on is the one of this process. */
    static Door lock(SecureRandom random) {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        Door door = new Door(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
        current = door;
        return door;
    }

    /** Returns the door of this process. @throws IllegalStateException before there is one: nothing may listen then */
    static Door ofProcess() {
        Door door = current;
        if (door == null) {
            throw new IllegalStateException("an endpoint starts before its secret is made");
        }
        return door;
    }

    /**
     * Tells whether a request with this {@code Authorization} header may enter. Takes the same time for all of a
     * length.
     */
    boolean opensTo(@Nullable String authorization) {
        return authorization != null
                && MessageDigest.isEqual(
                        authorization().getBytes(StandardCharsets.UTF_8),
                        authorization.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the header with which this process may enter. */
    String authorization() {
        return "Bearer " + secret;
    }

    String secret() {
        return secret;
    }

    /** Says where the cluster's REST endpoint listens: the only place to which the secret is sent. */
    void restPort(int port) {
        restPort = port;
    }

    int restPort() {
        return restPort;
    }
}
