package io.millrace.protocol.endpoint;

import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * What a request says before its body.
 *
 * @param method in capitals
 * @param path as sent, without the query
 * @param query the part after {@code ?} as sent; empty when there is none
 * @param secure whether the connection is TLS
 */
public record RequestHead(
        String method, String path, String query, HttpHeaders headers, boolean secure, boolean http2) {

    /** Returns a header's first value; names are compared without regard to case. */
    public @Nullable String header(CharSequence name) {
        return headers.get(name);
    }

    /** Returns the URL prefix by which the client reached this node, for answers that hold a URL. */
    public String baseUrl() {
        return (secure ? "https://" : "http://") + headers.get("host", "localhost");
    }
}
