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
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.HashMap;
import java.util.Map;

/**
 * HTTP/2 with prior knowledge, frame by frame over a socket, so that a test sees what is on the wire. It waits for the
 * server's settings, and for its windows where a body is larger. It never opens its own any further. For one thread.
 */
final class Http2Client implements AutoCloseable {
    static final int NO_RESET = -1;
    static final int HEADERS = 1;
    static final int CONTINUATION = 9;
    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;
    private static final int DATA = 0;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int ACK = 1;
    private static final int FRAME_BYTES = 16_384;
    private static final int CANCEL = 8;
    private static final int ERROR_CODE_AT = 4;
    static final int MAX_STREAMS_SETTING = 3;
    private static final int WINDOW_SETTING = 4;
    private static final int INITIAL_WINDOW = 65_535;
    private static final Response NOTHING = new Response(0, new byte[0], false, NO_RESET);

    private final Socket socket;
    private final DataOutputStream out;
    private final DataInputStream in;
    private final DefaultHttp2HeadersEncoder encoder =
            new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.NEVER_SENSITIVE);
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
    private final Map<Integer, Response> responses = new HashMap<>();
    private final Map<Integer, Integer> settings = new HashMap<>();
    private final Map<Integer, Integer> windows = new HashMap<>();
    private int nextStream = 1;
    private boolean greeted;
    private int goAway = NO_RESET;

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
        while (!greeted) {
            read();
        }
    }

    /** Returns a setting of the server; null when it has not said it. */
    Integer setting(int identifier) {
        return settings.get(identifier);
    }

    /** Returns the number of a stream that has not been used. */
    int newStream() {
        int stream = nextStream;
        nextStream += 2;
        return stream;
    }

    static Http2Headers headers(String method, String path) {
        return new DefaultHttp2Headers(false)
                .method(method)
                .path(path)
                .scheme("http")
                .authority("localhost");
    }

    byte[] block(int stream, Http2Headers headers) throws IOException {
        ByteBuf block = Unpooled.buffer();
        try {
            encoder.encodeHeaders(stream, headers, block);
        } catch (Exception e) {
            throw new IOException(e);
        }
        byte[] bytes = new byte[block.readableBytes()];
        block.readBytes(bytes);
        return bytes;
    }

    /** Takes a request back. */
    void reset(int stream) throws IOException {
        frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, CANCEL});
    }

    void flush() throws IOException {
        out.flush();
    }

    /** Sends a whole request and returns its stream. */
    int request(String method, String path, byte[] body) throws IOException {
        return request(headers(method, path), body);
    }

    int request(Http2Headers headers, byte[] body) throws IOException {
        int stream = newStream();
        byte[] bytes = block(stream, headers);
        frame(HEADERS, END_HEADERS | (body.length == 0 ? END_STREAM : 0), stream, bytes);
        for (int at = 0; at < body.length; at += FRAME_BYTES) {
            int end = Math.min(body.length, at + FRAME_BYTES);
            data(stream, java.util.Arrays.copyOfRange(body, at, end), end == body.length);
        }
        out.flush();
        return stream;
    }

    /** Sends a piece of a body as soon as there is room for it in the stream's window and in the connection's. */
    void data(int stream, byte[] piece, boolean last) throws IOException {
        out.flush();
        while (window(stream) < piece.length || window(0) < piece.length) {
            if (responses.getOrDefault(stream, NOTHING).ended() || goAway != NO_RESET) {
                return; // nobody wants it
            }
            read();
        }
        frame(DATA, last ? END_STREAM : 0, stream, piece);
        windows.merge(stream, -piece.length, Integer::sum);
        windows.merge(0, -piece.length, Integer::sum);
    }

    /** Returns how many bytes may be sent on a stream, or on the connection, which is stream 0. */
    int window(int stream) {
        int initial = stream == 0 ? INITIAL_WINDOW : settings.getOrDefault(WINDOW_SETTING, INITIAL_WINDOW);
        return initial + windows.getOrDefault(stream, 0);
    }

    /** Reads until the response of a stream has ended, and a moment longer to see whether it is reset then. */
    Response response(int stream) throws IOException {
        Response found = responses.getOrDefault(stream, NOTHING);
        while (!found.ended() && found.reset() == NO_RESET) {
            if (goAway != NO_RESET) {
                throw new IOException("the server ends the connection: " + goAway);
            }
            read();
            found = responses.getOrDefault(stream, found);
        }
        socket.setSoTimeout(100);
        try {
            while (true) {
                read();
            }
        } catch (SocketTimeoutException | EOFException e) {
            socket.setSoTimeout(10_000);
        }
        return responses.getOrDefault(stream, found);
    }

    /** Reads until the server ends the connection; returns the error code that it gives. */
    int goneAway() throws IOException {
        while (goAway == NO_RESET) {
            read();
        }
        return goAway;
    }

    /** Reads what comes next, whatever it is. */
    void read() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = in.readNBytes(length);
        Response before = responses.getOrDefault(stream, NOTHING);
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
                    note(Unpooled.wrappedBuffer(payload));
                    frame(SETTINGS, ACK, 0, new byte[0]);
                    out.flush();
                }
            }
            case GOAWAY -> goAway = Unpooled.wrappedBuffer(payload).getInt(ERROR_CODE_AT);
            case WINDOW_UPDATE ->
                windows.merge(stream, Unpooled.wrappedBuffer(payload).readInt(), Integer::sum);
            case PING -> {}
            default -> throw new IOException("frame of type " + type);
        }
    }

    private void note(ByteBuf said) {
        greeted = true;
        while (said.isReadable()) {
            settings.put(said.readUnsignedShort(), said.readInt());
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

    void frame(int type, int flags, int stream, byte[] payload) throws IOException {
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
