package io.millrace.protocol.endpoint;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;

/**
 * HTTP/2 with prior knowledge, frame by frame over a socket, so that a test sees what is on the wire. It ignores the
 * server's windows, which are large, and opens its own as far as they go. For one thread.
 */
final class Http2Client implements AutoCloseable {
    static final int NO_RESET = -1;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    private static final int FRAME_BYTES = 16_384;

    private final Socket socket;
    private final DataOutputStream out;
    private final DataInputStream in;
    private final DefaultHttp2HeadersEncoder encoder =
            new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.NEVER_SENSITIVE);
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
    private final Map<Integer, Response> responses = new HashMap<>();
    private int nextStream = 1;

    /** @param reset the error code with which the server reset the stream first, {@link #NO_RESET} when it did not */
    record Response(int status, byte[] body, boolean ended, int reset) {}

    Http2Client(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(10_000);
        out = new DataOutputStream(socket.getOutputStream());
        in = new DataInputStream(socket.getInputStream());
        out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
        frame(SETTINGS, 0, 0, new byte[0]);
        out.flush();
    }

    /** Sends a whole request and returns its stream. */
    int request(String method, String path, byte[] body) throws IOException {
        int stream = nextStream;
        nextStream += 2;
        Http2Headers headers = new DefaultHttp2Headers()
                .method(method)
                .path(path)
                .scheme("http")
                .authority("localhost");
        ByteBuf block = Unpooled.buffer();
        try {
            encoder.encodeHeaders(stream, headers, block);
        } catch (Exception e) {
            throw new IOException(e);
        }
        byte[] bytes = new byte[block.readableBytes()];
        block.readBytes(bytes);
        frame(HEADERS, END_HEADERS | (body.length == 0 ? END_STREAM : 0), stream, bytes);
        for (int at = 0; at < body.length; at += FRAME_BYTES) {
            int end = Math.min(body.length, at + FRAME_BYTES);
            frame(DATA, end == body.length ? END_STREAM : 0, stream, java.util.Arrays.copyOfRange(body, at, end));
        }
        out.flush();
        return stream;
    }

    /** Reads until the response of a stream has ended, and a moment longer to see whether it is reset then. */
    Response response(int stream) throws IOException {
        Response found = responses.getOrDefault(stream, new Response(0, new byte[0], false, NO_RESET));
        while (!found.ended() && found.reset() == NO_RESET) {
            read();
            found = responses.getOrDefault(stream, found);
        }
        socket.setSoTimeout(100);
        try {
            while (true) {
                read();
            }
        } catch (java.net.SocketTimeoutException e) {
            socket.setSoTimeout(10_000);
        }
        return responses.getOrDefault(stream, found);
    }

    private void read() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = in.readNBytes(length);
        Response before = responses.getOrDefault(stream, new Response(0, new byte[0], false, NO_RESET));
        boolean ended = before.ended() || ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0);
        switch (type) {
            case HEADERS ->
                responses.put(stream, new Response(statusIn(stream, payload), before.body(), ended, before.reset()));
            case DATA -> {
                ByteArrayOutputStream body = new ByteArrayOutputStream();
                body.write(before.body());
                body.write(payload);
                responses.put(stream, new Response(before.status(), body.toByteArray(), ended, before.reset()));
            }
            case RST_STREAM -> {
                int code = before.reset() == NO_RESET
                        ? Unpooled.wrappedBuffer(payload).readInt()
                        : before.reset();
                responses.put(stream, new Response(before.status(), before.body(), ended, code));
            }
            case SETTINGS -> {
                if ((flags & ACK) == 0) {
                    frame(SETTINGS, ACK, 0, new byte[0]);
                    out.flush();
                }
            }
            case GOAWAY -> throw new IOException("the server ends the connection");
            case WINDOW_UPDATE -> {}
            default -> throw new IOException("frame of type " + type);
        }
    }

    private int statusIn(int stream, byte[] block) throws IOException {
        try {
            CharSequence status =
                    decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(block)).status();
            return Integer.parseInt(status.toString());
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        out.writeByte(payload.length >>> 16);
        out.writeShort(payload.length);
        out.writeByte(type);
        out.writeByte(flags);
        out.writeInt(stream);
        out.write(payload);
    }

    @Override
    public void close() throws IOException {
        encoder.close();
        socket.close();
    }
}
