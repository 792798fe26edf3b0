package io.millrace.analytics.control;

import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where an endpoint of a Flink cluster is, and what has to be shown there.
 *
 * @param url without a trailing slash
 * @param credential sent with each request; absent where none is needed
 */
public record ClusterAccess(URI url, @Nullable Credential credential) {

    /** A request header that lets its sender in. */
    public record Credential(String header, String value) {

        /** Returns the credential of RFC 6750. */
        public static Credential bearer(String token) {
            return new Credential("Authorization", "Bearer " + token);
        }

        /** Returns the header's name alone. */
        @Override
        public String toString() {
            return "Credential[header=" + header + "]";
        }
    }

    /**
     * Knows the access of the moment: a cluster that was started again has another secret, and perhaps another port.
     */
    @FunctionalInterface
    public interface Source {
        /** Returns the access. @throws IOException if the cluster does not run, or has not started yet */
        ClusterAccess current() throws IOException;

        /** Returns a source of an endpoint that is always at one URL and asks for nothing. */
        static Source open(URI url) {
            ClusterAccess access = new ClusterAccess(url, null);
            return () -> access;
        }
    }
}
