package io.millrace.protocol.endpoint;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.Iterator;

/** The host that a request names, which has to be one: a signature and whoever stands in between look at it. */
final class HttpHosts {
    private HttpHosts() {}

    /** Makes one header of several that say the same, as HTTP/2 allows. Returns whether none says something else. */
    static boolean unite(HttpHeaders headers) {
        Iterator<? extends CharSequence> hosts = headers.valueCharSequenceIterator(HttpHeaderNames.HOST);
        CharSequence first = hosts.hasNext() ? hosts.next() : "";
        boolean several = hosts.hasNext();
        while (hosts.hasNext()) {
            if (!AsciiString.contentEqualsIgnoreCase(first, hosts.next())) {
                return false;
            }
        }
        if (several) {
            headers.set(HttpHeaderNames.HOST, first);
        }
        return true;
    }
}
