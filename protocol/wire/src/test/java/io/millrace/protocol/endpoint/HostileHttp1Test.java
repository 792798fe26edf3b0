package io.millrace.protocol.endpoint;

import static io.millrace.protocol.endpoint.TestEndpoint.readResponse;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1.1 that is broken, or that two servers could read in two ways: refused once, and nothing behind it is read. */
@Timeout(20)
class HostileHttp1Test {
    private static final String SMUGGLED = "GET /echo?smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

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

    /** What follows the request line of a POST. */
    static List<String> heads() {
        String host = "Host: x\r\n";
        String chunks = "\r\n5\r\nhello\r\n0\r\n\r\n";
        return List.of(
                host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + chunks,
                host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" + chunks,
                host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                host + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
                host + "Content-Length: 5, 5\r\n\r\nhello",
                host + "Content-Length: 5, 6\r\n\r\nhello",
                host + "Content-Length: +5\r\n\r\nhello",
                host + "Content-Length: -5\r\n\r\nhello",
                host + "Content-Length: 0x5\r\n\r\nhello",
                host + "Content-Length: 5 5\r\n\r\nhello",
                host + "Content-Length: \r\n\r\nhello",
                host + "Content-Length: 99999999999999999999\r\n\r\nhello",
                host + "Content-Length : 5\r\n\r\nhello",
                host + "Transfer-Encoding: xchunked\r\n" + chunks,
                host + "Transfer-Encoding: chunked, identity\r\n" + chunks,
                host + "Transfer-Encoding: gzip, chunked\r\n" + chunks,
                host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" + chunks,
                host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" + chunks,
                host + "Transfer-Encoding : chunked\r\n" + chunks,
                host + "X-Folded: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
                host + "X-Folded: a\r\n\tb\r\nContent-Length: 5\r\n\r\nhello",
                host + "X-Folded: a\r\n \r\nContent-Length: 5\r\n\r\nhello",
                " Host: x\r\nContent-Length: 5\r\n\r\nhello",
                "Content-Length: 5\r\n\r\nhello",
                host + "Host: y\r\nContent-Length: 5\r\n\r\nhello",
                host + "no colon\r\nContent-Length: 5\r\n\r\nhello",
                host + ": no name\r\nContent-Length: 5\r\n\r\nhello",
                host + "X\0Y: z\r\nContent-Length: 5\r\n\r\nhello",
                host + "X: y\0z\r\nContent-Length: 5\r\n\r\nhello",
                host + "X: y\rContent-Length: 5\r\n\r\nhello");
    }

    @ParameterizedTest
    @MethodSource("heads")
    void anAmbiguousHeadIsRefusedAndNothingBehindItIsRead(String head) throws IOException {
        assertRefused("POST /echo HTTP/1.1\r\n" + head, "HTTP/1.1 400 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.2", "HTTP/9.9", "HTTP/2.0", "HTTP/0.9"})
    void anotherVersionThanHttp10And11IsRefused(String version) throws IOException {
        for (String hosts : List.of("Host: x\r\n", "Host: x\r\nHost: y\r\n")) {
            assertRefused(
                    "POST /echo %s\r\n%sContent-Length: 5\r\n\r\nhello".formatted(version, hosts), "HTTP/1.1 505 ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host: x\r\nHost: y\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"})
    void anOldVersionIsNoWayAround(String head) throws IOException {
        assertRefused("POST /echo HTTP/1.0\r\n" + head, "HTTP/1.1 400 ");
    }

    static List<String> chunks() {
        return List.of(
                "5x\r\nhello\r\n",
                "-5\r\nhello\r\n",
                "+5\r\nhello\r\n",
                "0x5\r\nhello\r\n",
                "\r\nhello\r\n",
                "fffffffff\r\nhello\r\n",
                "80000000\r\nhello\r\n",
                "5\r\nhelloworld\r\n",
                "5\nhello\r\n",
                "5\r\nhello\n",
                "5;a\nb\r\nhello\r\n");
    }

    @ParameterizedTest
    @MethodSource("chunks")
    void aBadChunkIsRefusedAndNothingBehindItIsRead(String chunk) throws IOException {
        assertRefused(
                "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n",
                "HTTP/1.1 400 ");
    }

    @Test
    void aHeadThatComesByteByByteIsJudgedTheSame() throws Exception {
        for (String head : List.of("Host: x\r\nX: a\r\n b\r\n\r\n", "Host: x\r\nHost: y\r\n\r\n")) {
            try (Socket socket = endpoint.connect()) {
                socket.setTcpNoDelay(true);
                for (char c : ("GET /echo HTTP/1.1\r\n" + head).toCharArray()) {
                    socket.getOutputStream().write(c);
                    Thread.sleep(1); // lets the packets go out one by one
                }
                assertThat(readResponse(socket.getInputStream())).startsWith("HTTP/1.1 400 ");
            } catch (SocketException e) {
                assertThat(e).isNotNull(); // refused before its end, and closed
            }
        }
    }

    @Test
    void aBodyMayHoldWhatAHeadMayNot() throws IOException {
        String body = "a\r\n b\r\nHost: y\r\n\r\n c";
        try (Socket socket = endpoint.connect()) {
            for (int i = 0; i < 3; i++) {
                send(
                        socket,
                        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
                                .formatted(body.length(), body));
                assertThat(readResponse(socket.getInputStream())).endsWith("\r\n\r\nPOST /echo h1 " + body);
            }
        }
    }

    @Test
    void headersOfMoreThan16KibibytesAreRefused() throws IOException {
        String start = "POST /echo HTTP/1.1\r\nHost: x\r\n";
        assertRefused(start + "X: " + "y".repeat(17_000) + "\r\n\r\n", "HTTP/1.1 431 ");
        assertRefused(start + "X: y\r\n".repeat(5000) + "\r\n", "HTTP/1.1 431 ");
        assertRefused("GET /" + "x".repeat(17_000) + " HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 414 ");
    }

    @Test
    void headersOfAlmost16KibibytesPass() throws IOException {
        try (Socket socket = endpoint.connect()) {
            send(socket, "GET /echo HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(16_000) + "\r\n\r\n");
            assertThat(readResponse(socket.getInputStream())).startsWith("HTTP/1.1 200 ");
        }
    }

    private static void assertRefused(String request, String status) throws IOException {
        try (Socket socket = endpoint.connect()) {
            try {
                send(socket, request + SMUGGLED);
            } catch (SocketException e) {
                assertThat(e).isNotNull(); // refused before its end, and closed
            }
            InputStream in = socket.getInputStream();
            assertThat(readResponse(in)).startsWith(status).contains("connection: close");
            assertThat(in.readAllBytes()).isEmpty();
        }
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    }
}
