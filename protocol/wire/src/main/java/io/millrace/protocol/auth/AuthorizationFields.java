package io.millrace.protocol.auth;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The parts of an {@code Authorization} header: the algorithm and, with commas or spaces before each, pairs of name and
 * value. What is absent is empty.
 *
 * @param signedHeaders may be there and empty, so it is null when it is absent
 */
record AuthorizationFields(
        String algorithm,
        String credential,
        String signature,
        @Nullable String signedHeaders) {

    /** @throws UnauthenticatedException if there is something else than pairs, or one of our pairs twice */
    static AuthorizationFields parse(String header) throws UnauthenticatedException {
        int space = header.indexOf(' ');
        String algorithm = space < 0 ? header : header.substring(0, space);
        String credential = null;
        String signature = null;
        String signedHeaders = null;
        for (int at = algorithm.length() + 1; at < header.length(); ) {
            int end = endOfPair(header, at);
            if (end > at) {
                int equals = header.indexOf('=', at);
                if (equals < 0 || equals >= end) {
                    throw UnauthenticatedException.incomplete(String.format(
                            Locale.ROOT,
                            "'%s' not a valid key=value pair (missing equal-sign) in Authorization header: '%s'.",
                            header.substring(at, end),
                            header));
                }
                if (isNamed("Credential", header, at, equals)) {
                    credential = once(credential, "Credential", header, equals, end);
                } else if (isNamed("Signature", header, at, equals)) {
                    signature = once(signature, "Signature", header, equals, end);
                } else if (isNamed("SignedHeaders", header, at, equals)) {
                    signedHeaders = once(signedHeaders, "SignedHeaders", header, equals, end);
                }
            }
            at = end + 1;
        }
        return new AuthorizationFields(
                algorithm, credential == null ? "" : credential, signature == null ? "" : signature, signedHeaders);
    }

    private static int endOfPair(String header, int from) {
        int at = from;
        while (at < header.length() && header.charAt(at) != ',' && header.charAt(at) != ' ') {
            at++;
        }
        return at;
    }

    private static boolean isNamed(String name, String header, int from, int to) {
        return to - from == name.length() && header.startsWith(name, from);
    }

    private static String once(@Nullable String before, String name, String header, int equals, int end)
            throws UnauthenticatedException {
        if (before != null) {
            throw UnauthenticatedException.incomplete(String.format(
                    Locale.ROOT,
                    "Authorization header has more than one '%s' parameter. Authorization=%s",
                    name,
                    header));
        }
        return header.substring(equals + 1, end);
    }
}
