package io.millrace.protocol.endpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.durable.memory.MemoryPlan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * An endpoint with a few routes: {@code /echo} answers what it was sent (up to {@value #MAX_BODY_BYTES} bytes),
 * {@code /receive} hands its streamed body to {@link #receivers} and {@code /stream} its response to {@link #responses};
 * {@code /large} answers {@value #LARGE_BYTES} bytes and tells {@link #sent} when they have gone or never will;
 * {@code /larger} announces one more than it has.
 */
final class TestEndpoint implements AutoCloseable {
    static final int MAX_BODY_BYTES = 100_000;
    static final int LARGE_BYTES = 64 * 1024 * 1024;
    static final String TOO_LARGE = "{\"__type\":\"RequestEntityTooLargeException\"}";

    final BlockingQueue<Receiver> receivers = new LinkedBlockingQueue<>();
    final BlockingQueue<ResponseStream> responses = new LinkedBlockingQueue<>();
    final BlockingQueue<String> sent = new LinkedBlockingQueue<>();
    private final Endpoint endpoint;

    TestEndpoint(Path directory) {
        this(directory, EndpointLimits.defaults());
    }

    TestEndpoint(Path directory, EndpointLimits limits) {
        try {
            SslContext tls = ServerCertificate.loadOrCreate(directory).context();
            endpoint = Endpoint.start(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    () -> tls,
                    this::route,
                    new Endpoint.Settings(limits, MemoryPlan.ofThisProcess()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return endpoint.port();
    }

    private Route route(RequestHead head) {
        return switch (head.path()) {
            case "/receive" ->
                new Route.Streamed((exchange, flow) -> {
                    Receiver receiver = new Receiver(exchange, flow);
                    receivers.add(receiver);
                    return receiver;
                });
            case "/stream" -> whole((exchange, body) -> responses.add(exchange.answerStreaming(200, Map.of())));
            case "/large" ->
                whole((exchange, body) -> exchange.answer(200, Map.of(), new Zeros(LARGE_BYTES, exchange)));
            case "/larger" -> // says more than it has
                whole((exchange, body) -> exchange.answer(200, Map.of(), new Zeros(LARGE_BYTES + 1, exchange)));
            default -> whole((exchange, body) -> exchange.answer(Answer.of(200, "text/plain", echo(head, body))));
        };
    }

    /** A body of {@value #LARGE_BYTES} bytes, whatever it says. */
    private final class Zeros implements BodyPieces {
        private final long said;
        private final Exchange exchange;
        private int left = LARGE_BYTES;

        Zeros(long said, Exchange exchange) {
            this.said = said;
            this.exchange = exchange;
        }

        @Override
        public long lengthBytes() {
            return said;
        }

        @Override
        public ByteBuf next(ByteBufAllocator allocator) {
            int length = Math.min(PIECE_BYTES, left);
            left -= length;
            return allocator.directBuffer(length).writeZero(length);
        }

        @Override
        public void close() {
            sent.add(exchange.requestId());
        }
    }

    private static Route.Whole whole(Route.WholeHandler handler) {
        return new Route.Whole(
                MAX_BODY_BYTES,
                handler,
                exchange -> Answer.of(413, "application/x-amz-json-1.1", TOO_LARGE.getBytes(UTF_8)));
    }

    private static byte[] echo(RequestHead head, byte[] body) {
        String line = "%s %s %s%s "
                .formatted(head.method(), head.path(), head.secure() ? "tls " : "", head.http2() ? "h2" : "h1");
        return (line + new String(body, ISO_8859_1)).getBytes(ISO_8859_1);
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    /** Reads one HTTP/1.1 response with a content length. Returns its status line, its headers and its body as one text. */
    static String readResponse(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the connection was closed after: " + head);
            }
            head.append((char) next);
        }
        int at = head.toString().toLowerCase(java.util.Locale.ROOT).indexOf("content-length: ");
        int length = at < 0
                ? 0
                : Integer.parseInt(head.substring(at + "content-length: ".length(), head.indexOf("\r\n", at)));
        return head + new String(in.readNBytes(length), ISO_8859_1);
    }

    @Override
    public void close() {
        endpoint.close();
    }

    /** Takes a streamed body, one piece each time the test asks for it. */
    static final class Receiver implements BodyReceiver {
        final Exchange exchange;
        final RequestFlow flow;
        final BlockingQueue<String> events = new LinkedBlockingQueue<>();

        Receiver(Exchange exchange, RequestFlow flow) {
            this.exchange = exchange;
            this.flow = flow;
        }

        @Override
        public void onData(ByteBuf piece) {
            events.add("data " + piece.toString(ISO_8859_1));
        }

        @Override
        public void onEnd() {
            events.add("end");
        }

        @Override
        public void onAbort() {
            events.add("abort");
        }
    }
}
