package io.millrace.protocol.endpoint;

import java.util.Map;

/**
 * A complete response.
 *
 * @param headers in addition to the content length, which the endpoint sets
 */
public record Answer(int status, Map<String, String> headers, byte[] body) {
    private static final byte[] EMPTY = new byte[0];

    public static Answer empty(int status, Map<String, String> headers) {
        return new Answer(status, headers, EMPTY);
    }

    public static Answer of(int status, String contentType, byte[] body) {
        return new Answer(status, Map.of("Content-Type", contentType), body);
    }
}
