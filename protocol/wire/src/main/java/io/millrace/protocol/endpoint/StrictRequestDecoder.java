package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/**
 * Netty's decoder, which refuses besides what two servers in a row could understand differently: a head that gives its
 * body's length in two ways or one that is not understood, that continues a header on the next line, that has no host
 * or several, or that is of another version than HTTP/1.0 and 1.1 (RFC 9112, 2.5, 3.2, 5.2 and 6.3).
 *
 * <p>What is refused comes out as a message whose decoder result is a failure, and nothing follows it. Confined to the
 * connection's event loop.
 */
final class StrictRequestDecoder extends HttpRequestDecoder {
    private static final byte LF = '\n';
    private static final byte CR = '\r';

    /** The request is of a version of HTTP that is neither 1.0 nor 1.1. */
    static final class UnknownVersionException extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        private UnknownVersionException(String version) {
            super(String.format(Locale.ROOT, "version: %s (expected: HTTP/1.0 or HTTP/1.1)", version));
        }
    }

    private boolean inHead = true;
    private boolean headBegun;
    private boolean requestLineSeen;
    private boolean refused;

    StrictRequestDecoder(HttpDecoderConfig config) {
        super(config);
    }

    /** Tells whether a part of a head has come and the rest has not. */
    boolean isWithinHead() {
        return inHead && headBegun;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
        if (refused) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (inHead) {
            headBegun |= in.isReadable();
            if (continuesHeader(in)) {
                refuse(in, out);
                return;
            }
        }
        int before = out.size();
        super.decode(context, in, out);
        for (int i = before; i < out.size(); i++) {
            note(out.get(i));
        }
    }

    /** Looks at the beginning of each line of a head; whole lines are consumed by the decoder each time. */
    private boolean continuesHeader(ByteBuf in) {
        int end = in.writerIndex();
        int line = in.readerIndex();
        while (line < end) {
            byte first = in.getByte(line);
            if (requestLineSeen && (first == ' ' || first == '\t')) {
                return true;
            }
            int lineEnd = in.indexOf(line, end, LF);
            if (lineEnd < 0) {
                return false;
            }
            boolean empty = lineEnd == line || (lineEnd == line + 1 && first == CR);
            if (empty && requestLineSeen) {
                return false; // the head is whole
            }
            requestLineSeen |= !empty;
            line = lineEnd + 1;
        }
        return false;
    }

    private void refuse(ByteBuf in, List<Object> out) {
        refused = true;
        in.skipBytes(in.readableBytes());
        FullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/bad-request", Unpooled.EMPTY_BUFFER);
        request.setDecoderResult(failure("a header goes on in the next line"));
        out.add(request);
        note(request);
    }

    private void note(Object message) {
        if (message instanceof HttpRequest request) {
            inHead = false;
            if (request.decoderResult().isSuccess()) {
                look(request);
            }
        }
        if (message instanceof LastHttpContent) {
            inHead = true;
            headBegun = false;
            requestLineSeen = false;
        }
    }

    private static void look(HttpRequest request) {
        HttpVersion version = request.protocolVersion();
        if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            request.setDecoderResult(DecoderResult.failure(new UnknownVersionException(version.text())));
            return;
        }
        String reason = ambiguityIn(request);
        if (!reason.isEmpty()) {
            request.setDecoderResult(failure(reason));
        }
    }

    private static String ambiguityIn(HttpRequest request) {
        HttpHeaders headers = request.headers();
        int hosts = count(headers.valueCharSequenceIterator(HttpHeaderNames.HOST));
        boolean old = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
        if (hosts > 1 || (hosts == 0 && !old)) {
            return "not one host";
        }
        if (!headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return "";
        }
        List<String> encodings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        boolean understood =
                !old && encodings.size() == 1 && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(encodings.get(0));
        return understood ? "" : "a transfer encoding that is not 'chunked', or in HTTP/1.0";
    }

    private static int count(Iterator<?> values) {
        int count = 0;
        while (values.hasNext()) {
            values.next();
            count++;
        }
        return count;
    }

    private static DecoderResult failure(String reason) {
        return DecoderResult.failure(new IllegalArgumentException(reason));
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException("both a content length and chunks");
    }
}
