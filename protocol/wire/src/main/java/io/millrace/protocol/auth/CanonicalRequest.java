package io.millrace.protocol.auth;

import io.millrace.protocol.endpoint.RequestHead;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Writes a request in the one form that both sides hash:
 *
 * <pre>
 *  method LF
 *  path, without dots and empty segments, encoded once more than on the wire LF
 *  query, sorted LF
 *  name:value LF          for each signed header, in the order of the list
 *  LF
 *  names of the signed headers, with semicolons between them LF
 *  hash of the body       which the caller adds
 * </pre>
 *
 * <p>Only signed headers are looked at: whatever else a proxy adds or drops changes nothing.
 */
final class CanonicalRequest {
    private static final String AUTHORITY = ":authority";
    private static final String HOST = "host";

    private CanonicalRequest() {}

    /** Writes all but the hash of the body. */
    static void write(RequestHead head, SignatureParameters signature, Octets out) throws UnauthenticatedException {
        out.add(head.method()).add('\n');
        out.addEncoded(normalized(head.path()), true);
        out.add('\n');
        if (!head.query().isEmpty()) {
            boolean inQuery = head.header("Authorization") == null;
            QueryParameters query = QueryParameters.parse(head.query());
            (inQuery ? query.without(SignatureParameters.SIGNATURE_PARAMETER) : query).writeCanonical(out);
        }
        out.add('\n');
        writeHeaders(head, signature.signedHeaders(), out);
        out.add('\n').add(signature.signedHeaders()).add('\n');
    }

    private static void writeHeaders(RequestHead head, String names, Octets out) {
        for (int at = 0; at < names.length(); ) {
            int semicolon = names.indexOf(';', at);
            int end = semicolon < 0 ? names.length() : semicolon;
            String name = names.substring(at, end);
            out.add(name).add(':');
            writeValues(head, name, out);
            out.add('\n');
            at = end + 1;
        }
    }

    /** HTTP/2 has the host under another name, and some of its clients sign it under that. */
    private static void writeValues(RequestHead head, String name, Octets out) {
        boolean host = name.equals(HOST) || name.equals(AUTHORITY);
        List<String> values = head.headers().getAll(host ? HOST : name); // an iterator would give the last one first
        for (int i = 0; i < values.size(); i++) {
            if (i > 0) {
                out.add(',');
            }
            out.addTrimmed(values.get(i));
        }
    }

    private static String normalized(String path) {
        boolean absolute = path.startsWith("/");
        if (!absolute || (!path.contains("//") && !path.contains("/."))) {
            return path;
        }
        Deque<String> segments = new ArrayDeque<>();
        String last = "";
        for (String segment : path.split("/", -1)) {
            last = segment;
            if (segment.equals("..")) {
                segments.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                segments.addLast(segment);
            }
        }
        boolean directory = last.isEmpty() || last.equals(".") || last.equals("..");
        return "/" + String.join("/", segments) + (directory && !segments.isEmpty() ? "/" : "");
    }
}
