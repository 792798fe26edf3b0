package io.millrace.server.node;

import io.millrace.protocol.endpoint.RequestHead;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * What the pages under {@code /millrace/} want to see: the secret of the node's own key, which commands of the data
 * directory's owner find there. A request of a web page is refused even with it.
 */
record OwnSecret(String secret) {

    boolean isShown(RequestHead head) {
        if (head.header("Origin") != null) { // browsers say so
            return false;
        }
        String given = String.valueOf(head.header("Authorization"));
        return MessageDigest.isEqual(
                ("Bearer " + secret).getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the record without the secret. */
    @Override
    public String toString() {
        return "OwnSecret";
    }
}
