package io.millrace.protocol.auth;

import io.millrace.protocol.endpoint.RequestHead;
import io.netty.util.AsciiString;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a request says of its own signature, in the {@code Authorization} header or in its query. Everything is there,
 * and nothing of it has been believed yet.
 *
 * @param signedHeaders the names as sent, with semicolons between them; may be empty
 * @param timestamp the time of signing as sent
 * @param expires for how many seconds from then on the signature counts, as sent; absent when only the clocks decide
 * @param sessionToken what goes with a temporary access key
 */
record SignatureParameters(
        String algorithm,
        String credential,
        String signedHeaders,
        String signature,
        String timestamp,
        @Nullable String expires,
        @Nullable String sessionToken) {

    static final String SIGNATURE_PARAMETER = "X-Amz-Signature";

    private static final String ALGORITHM_PARAMETER = "X-Amz-Algorithm";

    /** @throws UnauthenticatedException if there is no signature, or two, or a part of it is missing */
    static SignatureParameters of(RequestHead head) throws UnauthenticatedException {
        String authorization = head.header("Authorization");
        QueryParameters query = QueryParameters.parse(head.query());
        boolean inQuery = query.has(ALGORITHM_PARAMETER);
        if (authorization == null) {
            if (!inQuery) {
                throw UnauthenticatedException.missingToken();
            }
            return ofQuery(query);
        }
        if (inQuery) {
            throw UnauthenticatedException.invalid(
                    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
        }
        return ofHeader(authorization, head);
    }

    private static SignatureParameters ofHeader(String authorization, RequestHead head)
            throws UnauthenticatedException {
        AuthorizationFields fields = AuthorizationFields.parse(authorization);
        String amzDate = head.header("X-Amz-Date");
        String date = amzDate != null ? amzDate : head.header("Date");
        String credential = fields.credential();
        String signature = fields.signature();
        String signedHeaders = fields.signedHeaders();
        if (credential.isEmpty() || signature.isEmpty() || signedHeaders == null || date == null || date.isEmpty()) {
            StringBuilder text = new StringBuilder();
            require(!credential.isEmpty(), "Authorization header requires 'Credential' parameter. ", text);
            require(!signature.isEmpty(), "Authorization header requires 'Signature' parameter. ", text);
            require(signedHeaders != null, "Authorization header requires 'SignedHeaders' parameter. ", text);
            require(
                    date != null && !date.isEmpty(),
                    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
                    text);
            throw UnauthenticatedException.incomplete(
                    text.append("Authorization=").append(authorization).toString());
        }
        return new SignatureParameters(
                fields.algorithm(),
                credential,
                SignedHeaders.checked(signedHeaders),
                signature,
                SigningTime.isBasicFormat(date) ? date : SigningTime.basicFormatOf(date),
                null,
                head.header("X-Amz-Security-Token"));
    }

    private static SignatureParameters ofQuery(QueryParameters query) throws UnauthenticatedException {
        String[] names = {
            ALGORITHM_PARAMETER, "X-Amz-Credential", SIGNATURE_PARAMETER, "X-Amz-SignedHeaders", "X-Amz-Date"
        };
        String[] values = new String[names.length];
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < names.length; i++) {
            values[i] = query.one(names[i]).orElse("");
            require(
                    !values[i].isEmpty(),
                    String.format(Locale.ROOT, "AWS query-string parameters must include '%s'. ", names[i]),
                    text);
        }
        if (!text.isEmpty()) {
            throw UnauthenticatedException.incomplete(
                    text.append("Re-examine the query-string parameters.").toString());
        }
        return new SignatureParameters(
                values[0],
                values[1],
                SignedHeaders.checked(values[3]),
                values[2],
                values[4],
                query.one("X-Amz-Expires").orElse(null),
                query.one("X-Amz-Security-Token").orElse(null));
    }

    private static void require(boolean present, String complaint, StringBuilder text) {
        if (!present) {
            text.append(complaint);
        }
    }

    /** Tells whether a header is among the signed ones. */
    boolean signs(CharSequence name) {
        int length = name.length();
        for (int at = 0; at + length <= signedHeaders.length(); ) {
            int semicolon = signedHeaders.indexOf(';', at);
            int end = semicolon < 0 ? signedHeaders.length() : semicolon;
            if (end - at == length && AsciiString.regionMatches(name, true, 0, signedHeaders, at, length)) {
                return true;
            }
            at = end + 1;
        }
        return false;
    }
}
