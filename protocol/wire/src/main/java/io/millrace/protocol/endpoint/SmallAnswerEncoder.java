package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpResponseEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Netty's encoder, which takes small answers in a form of their own besides: head and body go out in one buffer of the
 * right length, without an object for the headers. The answers to most requests are such.
 *
 * <p>Confined to the connection's event loop.
 */
final class SmallAnswerEncoder extends HttpResponseEncoder {
    /** Longer bodies are not copied behind their head. */
    static final int MOST_BYTES = 4096;

    private static final byte[] BEGINNING = ascii("HTTP/1.1 200 OK\r\ncontent-length: ");
    private static final byte[] CLOSE = ascii("\r\nconnection: close");
    private static final byte[] END = ascii("\r\n\r\n");
    private static final int MOST_DIGITS = 4;
    private static final int AROUND_HEADER = 4;

    private final HttpDate date;

    SmallAnswerEncoder(HttpDate date) {
        this.date = date;
    }

    /**
     * An answer with status 200.
     *
     * @param headers in addition to the content length and the date; their text is ISO 8859-1
     * @param keepAlive whether the connection stays open
     * @param body is released when it has been copied
     */
    record SmallAnswer(Map<String, String> headers, boolean keepAlive, ByteBuf body) {}

    @Override
    public boolean acceptOutboundMessage(Object message) throws Exception {
        return message instanceof SmallAnswer || super.acceptOutboundMessage(message);
    }

    @Override
    protected void encode(ChannelHandlerContext context, Object message, List<Object> out) throws Exception {
        if (message instanceof SmallAnswer answer) {
            try {
                out.add(encoded(context, answer));
            } finally {
                answer.body().release();
            }
        } else {
            super.encode(context, message, out);
        }
    }

    private ByteBuf encoded(ChannelHandlerContext context, SmallAnswer answer) {
        int length = answer.body().readableBytes();
        byte[] dateLine = date.line();
        int size = BEGINNING.length + MOST_DIGITS + dateLine.length + CLOSE.length + END.length + length;
        for (Map.Entry<String, String> header : answer.headers().entrySet()) {
            size += header.getKey().length() + header.getValue().length() + AROUND_HEADER;
        }
        ByteBuf out = context.alloc().buffer(size);
        try {
            out.writeBytes(BEGINNING);
            write(Integer.toString(length), out);
            out.writeBytes(dateLine);
            for (Map.Entry<String, String> header : answer.headers().entrySet()) {
                out.writeByte('\r').writeByte('\n');
                write(header.getKey(), out);
                out.writeByte(':').writeByte(' ');
                write(header.getValue(), out);
            }
            if (!answer.keepAlive()) {
                out.writeBytes(CLOSE);
            }
            return out.writeBytes(END).writeBytes(answer.body(), answer.body().readerIndex(), length);
        } catch (RuntimeException e) {
            out.release();
            throw e;
        }
    }

    /** Writes a text that must not end its line. */
    private static void write(String text, ByteBuf out) {
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character < ' ' || character > 0xFF) {
                throw new IllegalArgumentException(String.format(Locale.ROOT, "'%s' cannot stand in a header", text));
            }
            out.writeByte(character);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
