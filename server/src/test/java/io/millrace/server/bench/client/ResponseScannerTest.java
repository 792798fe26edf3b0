package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResponseScannerTest {
    private static final String SIZED = http("""
            HTTP/1.1 200 OK
            x-amzn-RequestId: 1
            CONTENT-length: 11

            hello

            yo""");
    private static final String CHUNKED = http("""
            HTTP/1.1 400 Bad Request
            Transfer-Encoding: chunked

            5
            ab
            c
            B;name=value
            0123456789!
            0
            Trailer: 1

            """);
    private static final String EMPTY = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static final String NO_CONTENT = "HTTP/1.1 204 No Content\r\n\r\n";
    private static final String[] EXPECTED = {
        "200 hello\r\n\r\nyo", "400 ab\r\nc0123456789!", "200 ", "204 ", "200 hello\r\n\r\nyo"
    };

    private final byte[] stream = (SIZED + CHUNKED + EMPTY + NO_CONTENT + SIZED).getBytes(US_ASCII);

    @Test
    void responsesAreFoundWhereverTheBytesAreCut() throws IOException {
        for (int first = 0; first <= stream.length; first++) {
            for (int second = first; second <= stream.length; second++) {
                ResponseScanner scanner = new ResponseScanner();
                List<String> found = new ArrayList<>();
                feed(scanner, ByteBuffer.wrap(stream, 0, first), found);
                feed(scanner, ByteBuffer.wrap(stream, first, second - first), found);
                feed(scanner, ByteBuffer.wrap(stream, second, stream.length - second), found);
                assertThat(found).as("cut at %d and %d", first, second).containsExactly(EXPECTED);
            }
        }
    }

    @Test
    void responsesAreFoundByteByByte() throws IOException {
        ResponseScanner scanner = new ResponseScanner();
        List<String> found = new ArrayList<>();
        for (int i = 0; i < stream.length; i++) {
            feed(scanner, ByteBuffer.wrap(stream, i, 1), found);
        }
        assertThat(found).containsExactly(EXPECTED);
    }

    @Test
    void aBodyLongerThanTheBufferIsKeptWhole() throws IOException {
        String body = "0123456789".repeat(10_000);
        ResponseScanner scanner = new ResponseScanner();
        List<String> found = new ArrayList<>();

        feed(scanner, ascii("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + body), found);

        assertThat(found).containsExactly("200 " + body);
    }

    @Test
    void whatIsNoResponseOrHasNoEndIsRefused() {
        assertThatThrownBy(() -> new ResponseScanner().feed(ascii("SSH-2.0-OpenSSH\r\n\r\n\r\n")))
                .hasMessage("not an HTTP/1.1 response: SSH-2.0-OpenSSH");
        assertThatThrownBy(() -> new ResponseScanner().feed(ascii("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi")))
                .hasMessage("a response (status 200) has neither Content-Length nor chunks");
        assertThatThrownBy(() ->
                        new ResponseScanner().feed(ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n")))
                .hasMessage("a chunk of a response has no size");
    }

    private static void feed(ResponseScanner scanner, ByteBuffer in, List<String> found) throws IOException {
        while (in.hasRemaining()) {
            if (scanner.feed(in)) {
                int from = scanner.bodyStart();
                String body = new String(scanner.bytes(), from, scanner.bodyEnd() - from, US_ASCII);
                found.add(scanner.status() + " " + body);
            }
        }
    }

    private static String http(String lines) {
        return lines.replace("\n", "\r\n");
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }
}
