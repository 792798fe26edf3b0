package io.millrace.protocol.endpoint;

import static io.millrace.protocol.endpoint.TestEndpoint.readResponse;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** HTTP/1.1 byte by byte, over plain sockets. */
@Timeout(15)
class Http1Test {
    @TempDir
    static Path directory;

    private static TestEndpoint endpoint;

    @BeforeAll
    static void start() {
        endpoint = new TestEndpoint(directory);
    }

    @AfterAll
    static void stop() {
        endpoint.close();
    }

    @Test
    void oneConnectionServesManyRequestsOneAfterTheOther() throws IOException {
        try (Socket socket = endpoint.connect()) {
            for (int i = 0; i < 5; i++) {
                send(socket, post("/echo", "body " + i));
                assertThat(readResponse(socket.getInputStream()))
                        .startsWith("HTTP/1.1 200 OK\r\n")
                        .endsWith("\r\n\r\nPOST /echo h1 body " + i);
            }
        }
    }

    @Test
    void requestsSentInOnePacketAreAnsweredInOrder() throws IOException {
        try (Socket socket = endpoint.connect()) {
            send(socket, post("/echo", "one") + "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n" + post("/echo", "three"));

            assertThat(readResponse(socket.getInputStream())).endsWith("\r\n\r\nPOST /echo h1 one");
            assertThat(readResponse(socket.getInputStream())).endsWith("\r\n\r\nGET /echo h1 ");
            assertThat(readResponse(socket.getInputStream())).endsWith("\r\n\r\nPOST /echo h1 three");
        }
    }

    @Test
    void aRequestMayArriveByteByByte() throws Exception {
        try (Socket socket = endpoint.connect()) {
            socket.setTcpNoDelay(true);
            for (char c : post("/echo", "slowly").toCharArray()) {
                send(socket, String.valueOf(c));
                if (c == '\n') {
                    Thread.sleep(1); // lets the packets go out one by one
                }
            }
            assertThat(readResponse(socket.getInputStream())).endsWith("\r\n\r\nPOST /echo h1 slowly");
        }
    }

    @Test
    void whoExpectsToBeToldToContinueIsTold() throws IOException {
        try (Socket socket = endpoint.connect()) {
            send(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
            assertThat(readResponse(socket.getInputStream())).startsWith("HTTP/1.1 100 Continue\r\n");
            send(socket, "late");
            assertThat(readResponse(socket.getInputStream())).endsWith("\r\n\r\nPOST /echo h1 late");
        }
    }

    @Test
    void whoExpectsToBeToldToContinueWithTooMuchIsRefusedAtOnce() throws IOException {
        try (Socket socket = endpoint.connect()) {
            send(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100001\r\n\r\n");
            assertThat(readResponse(socket.getInputStream())).startsWith("HTTP/1.1 413 ");
        }
    }

    @Test
    void aBodyInChunksIsPutTogether() throws IOException {
        try (Socket socket = endpoint.connect()) {
            send(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            send(socket, "3\r\nabc\r\n10\r\n0123456789abcdef\r\n");
            send(socket, "1\r\nz\r\n0\r\n\r\n");
            assertThat(readResponse(socket.getInputStream())).endsWith("\r\n\r\nPOST /echo h1 abc0123456789abcdefz");
            send(socket, post("/echo", "and again"));
            assertThat(readResponse(socket.getInputStream())).endsWith("and again");
        }
    }

    @Test
    void aBodyOfExactlyTheLimitPasses() throws IOException {
        try (Socket socket = endpoint.connect()) {
            String body = "x".repeat(TestEndpoint.MAX_BODY_BYTES);
            send(socket, post("/echo", body));
            assertThat(readResponse(socket.getInputStream())).endsWith("\r\n\r\nPOST /echo h1 " + body);
        }
    }

    @Test
    void aBodyAnnouncedTooLongIsRefusedInTheWordsOfTheRouteAndTheConnectionIsClosed() throws IOException {
        int length = 5_000_000;
        try (Socket socket = endpoint.connect()) {
            send(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n");
            sendIgnoringFailure(socket, new byte[length]);
            assertRefusedAsTooLarge(socket.getInputStream());
        }
    }

    @Test
    void aBodyWhoseChunksBecomeTooLongIsRefusedAndTheConnectionIsClosed() throws IOException {
        try (Socket socket = endpoint.connect()) {
            send(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 100; i++) {
                sendIgnoringFailure(socket, ("c350\r\n" + "y".repeat(0xc350) + "\r\n").getBytes(ISO_8859_1));
            }
            sendIgnoringFailure(socket, "0\r\n\r\n".getBytes(ISO_8859_1));
            assertRefusedAsTooLarge(socket.getInputStream());
        }
    }

    @Test
    void aMalformedRequestLineIsRefusedAndTheConnectionIsClosed() throws IOException {
        for (String line : new String[] {"nonsense\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", "\0\1\2\3\4\5\6\7\r\n\r\n"}) {
            try (Socket socket = endpoint.connect()) {
                long start = System.nanoTime();
                send(socket, line);
                assertThat(readResponse(socket.getInputStream())).startsWith("HTTP/1.1 400 ");
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
                assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
                        .isLessThan(2000);
            }
        }
    }

    @Test
    void aClientThatAsksForItIsClosedAfterItsAnswer() throws IOException {
        try (Socket socket = endpoint.connect()) {
            send(socket, "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(readResponse(socket.getInputStream()))
                    .contains("connection: close")
                    .endsWith("GET /echo h1 ");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aClientThatVanishesInTheMiddleOfABodyHurtsNobody() throws Exception {
        try (Socket socket = endpoint.connect()) {
            send(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf");
        }
        Socket streaming = endpoint.connect();
        send(streaming, "POST /receive HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf");
        TestEndpoint.Receiver receiver = endpoint.receivers.take();
        receiver.flow.more();
        assertThat(receiver.events.take()).isEqualTo("data half");
        receiver.flow.more();
        streaming.setSoLinger(true, 0); // a reset, not an orderly end
        streaming.close();

        assertThat(receiver.events.take()).isEqualTo("abort");
        try (Socket socket = endpoint.connect()) {
            send(socket, post("/echo", "alive"));
            assertThat(readResponse(socket.getInputStream())).endsWith("alive");
        }
    }

    private static void assertRefusedAsTooLarge(InputStream in) throws IOException {
        long start = System.nanoTime();
        assertThat(readResponse(in))
                .startsWith("HTTP/1.1 413 ")
                .contains("connection: close", "Content-Type: application/x-amz-json-1.1")
                .endsWith("\r\n\r\n" + TestEndpoint.TOO_LARGE);
        assertThat(in.read()).isEqualTo(-1);
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(2000);
    }

    private static String post(String path, String body) {
        return "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s".formatted(path, body.length(), body);
    }

    private static void send(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(ISO_8859_1));
        out.flush();
    }

    /** Sends what the server may no longer want. */
    private static void sendIgnoringFailure(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            assertThat(e).isNotNull(); // broken pipe or reset, once the server has closed
        }
    }
}
