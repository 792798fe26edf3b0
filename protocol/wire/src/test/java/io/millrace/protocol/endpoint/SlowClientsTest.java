package io.millrace.protocol.endpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that hold on to a connection. Each test shortens the one limit that has to catch its client; the others are an hour,
 * so that a test hangs until its time-out when that limit is not there.
 */
@Timeout(30)
class SlowClientsTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final int DRIP_MILLIS = 10;
    private static final String REQUEST = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";

    @TempDir
    Path directory;

    private TestEndpoint endpoint;

    @AfterEach
    void stop() {
        endpoint.close();
    }

    private void idleIsShort() {
        endpoint = new TestEndpoint(directory, new EndpointLimits(SHORT, HOUR, HOUR, HOUR));
    }

    private void headIsShort() {
        endpoint = new TestEndpoint(directory, new EndpointLimits(HOUR, SHORT, HOUR, HOUR));
    }

    private void stallIsShort() {
        endpoint = new TestEndpoint(directory, new EndpointLimits(HOUR, HOUR, SHORT, HOUR));
    }

    private void takeIsShort() {
        endpoint = new TestEndpoint(directory, new EndpointLimits(HOUR, HOUR, HOUR, SHORT));
    }

    @Test
    void whoConnectsAndSaysNothingIsClosed() throws IOException {
        idleIsShort();
        try (Socket socket = endpoint.connect()) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void whoSaysNothingMoreAfterARequestIsClosed() throws IOException {
        idleIsShort();
        try (Socket socket = endpoint.connect()) {
            send(socket, REQUEST);
            assertThat(TestEndpoint.readResponse(socket.getInputStream())).startsWith("HTTP/1.1 200 ");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void anHttp2ConnectionWithoutStreamsIsClosed() throws IOException {
        idleIsShort();
        try (Http2Client client = new Http2Client(endpoint.connect())) {
            assertThat(client.goneAway()).isZero();
        }
    }

    @Test
    void whoWaitsForAnAnswerIsNotIdle() throws Exception {
        idleIsShort();
        try (Socket socket = endpoint.connect();
                Http2Client client = new Http2Client(endpoint.connect())) {
            send(socket, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
            ResponseStream first = endpoint.responses.take();
            int stream = client.request("GET", "/stream", new byte[0]);
            ResponseStream second = endpoint.responses.take();
            Thread.sleep(4 * SHORT.toMillis()); // nothing must happen in it

            first.finish();
            second.finish();
            assertThat(TestEndpoint.readResponse(socket.getInputStream())).startsWith("HTTP/1.1 200 ");
            assertThat(client.response(stream).status()).isEqualTo(200);
        }
    }

    @Test
    void theFirstByteOfAConnectionIsNotEnough() throws IOException {
        headIsShort();
        try (Socket socket = endpoint.connect()) {
            send(socket, "G");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aHeadThatDripsIsCutOff() throws Exception {
        headIsShort();
        try (Socket socket = endpoint.connect()) {
            send(socket, REQUEST);
            assertThat(TestEndpoint.readResponse(socket.getInputStream())).startsWith("HTTP/1.1 200 ");
            send(socket, "GET /echo HTTP/1.1\r\nHost: x\r\n");
            assertCutOff(socket, i -> i % 10 == 9 ? "\r\n" : i % 10 == 1 ? ":" : "x");
        }
    }

    @Test
    void emptyLinesInsteadOfAHeadAreCutOff() throws Exception {
        headIsShort();
        try (Socket socket = endpoint.connect()) {
            send(socket, "\r\n\r\n\r\n");
            assertCutOff(socket, i -> "\r\n");
        }
    }

    @Test
    void aBodyThatDoesNotComeIsCutOff() throws IOException {
        stallIsShort();
        for (int length : new int[] {50, 90_000}) {
            try (Socket socket = endpoint.connect()) {
                send(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\nhalf");
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void aBodyThatDripsIsCutOff() throws Exception {
        stallIsShort();
        try (Socket socket = endpoint.connect()) {
            send(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n");
            assertCutOff(socket, i -> "x");
        }
        try (Socket socket = endpoint.connect()) {
            send(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            assertCutOff(socket, i -> "1\r\nx\r\n");
        }
    }

    @Test
    void anHttp2BodyThatDoesNotComeIsResetAndTheConnectionGoesOn() throws IOException {
        stallIsShort();
        try (Http2Client client = new Http2Client(endpoint.connect())) {
            int stream = client.newStream();
            byte[] block = client.block(stream, Http2Client.headers("POST", "/echo"));
            client.frame(Http2Client.HEADERS, Http2Client.END_HEADERS, stream, block);
            client.flush();
            assertThat(client.response(stream).reset()).isPositive();
            assertThat(client.response(client.request("GET", "/echo", new byte[0]))
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void anAnswerThatIsNotTakenIsDropped() throws Exception {
        takeIsShort();
        try (Socket socket = endpoint.connect()) {
            socket.setReceiveBufferSize(64 * 1024);
            send(socket, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(endpoint.sent.take()).isNotNull();
            assertThat(read(socket)).isLessThan(TestEndpoint.LARGE_BYTES);
        }
    }

    @Test
    void anAnswerThatIsShorterThanAnnouncedEndsInAClosedConnection() throws Exception {
        endpoint = new TestEndpoint(directory);
        try (Socket socket = endpoint.connect()) {
            send(socket, "GET /larger HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(read(socket)).isGreaterThan(0);
            assertThat(endpoint.sent.take()).isNotNull();
        }
    }

    @Test
    void anHttp2AnswerThatIsNotTakenIsResetAndTheConnectionGoesOn() throws Exception {
        takeIsShort();
        try (Http2Client client = new Http2Client(endpoint.connect())) {
            int stream = client.request("GET", "/large", new byte[0]);
            assertThat(endpoint.sent.take()).isNotNull();
            assertThat(client.response(stream).reset()).isPositive();
            assertThat(client.response(client.request("HEAD", "/large", new byte[0]))
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void theRestOfAStreamThatIsNotTakenIsDropped() throws Exception {
        takeIsShort();
        try (Socket socket = endpoint.connect()) {
            Semaphore gone = streamALot(socket);
            assertThat(gone.tryAcquire(2, SHORT.toMillis(), TimeUnit.MILLISECONDS))
                    .as("while it is not ended, a client may take its time")
                    .isFalse();

            endpoint.responses.remove().finish();

            assertThat(gone.tryAcquire(2, 20, TimeUnit.SECONDS)).isTrue();
            assertThat(read(socket)).isLessThan(TestEndpoint.LARGE_BYTES);
        }
    }

    @Test
    void aStreamCanBeBrokenOffAfterItsEnd() throws Exception {
        endpoint = new TestEndpoint(directory, new EndpointLimits(HOUR, HOUR, HOUR, HOUR));
        try (Socket socket = endpoint.connect()) {
            Semaphore gone = streamALot(socket);
            ResponseStream stream = endpoint.responses.remove();
            stream.finish();

            stream.abort();

            assertThat(gone.tryAcquire(2, 20, TimeUnit.SECONDS)).isTrue();
            stream.write(Unpooled.wrappedBuffer(new byte[1]), gone::release);
            assertThat(gone.tryAcquire(20, TimeUnit.SECONDS))
                    .as("dropped at once")
                    .isTrue();
        }
    }

    /** Begins a stream and writes more than sockets take. Returns what gets a permit for each of two pieces that is gone. */
    private Semaphore streamALot(Socket socket) throws Exception {
        socket.setReceiveBufferSize(64 * 1024);
        send(socket, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
        ResponseStream stream = endpoint.responses.take();
        endpoint.responses.add(stream);
        Semaphore gone = new Semaphore(0);
        stream.write(Unpooled.wrappedBuffer(new byte[10]), gone::release);
        stream.write(Unpooled.wrappedBuffer(new byte[TestEndpoint.LARGE_BYTES]), gone::release);
        assertThat(gone.tryAcquire(20, TimeUnit.SECONDS))
                .as("the small piece is sent")
                .isTrue();
        gone.release();
        return gone;
    }

    private static void assertCutOff(Socket socket, IntFunction<String> drips) throws Exception {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(DRIP_MILLIS);
        for (int i = 0; true; i++) {
            assertThat(Thread.currentThread().isInterrupted()).as("timed out").isFalse();
            try {
                send(socket, drips.apply(i));
                if (socket.getInputStream().read() < 0) {
                    return;
                }
            } catch (SocketTimeoutException e) {
                assertThat(e).isNotNull(); // still open: go on
            } catch (SocketException e) {
                return; // closed while it dripped
            }
        }
    }

    private static long read(Socket socket) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        long total = 0;
        try {
            for (int count = 0; count >= 0; total += count) {
                count = socket.getInputStream().read(buffer);
            }
        } catch (SocketException | EOFException e) {
            assertThat(e).isNotNull(); // closed by a reset
        }
        return total;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    }
}
