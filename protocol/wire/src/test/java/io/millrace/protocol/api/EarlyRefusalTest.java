package io.millrace.protocol.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.auth.AccessKey;
import io.millrace.protocol.auth.SigV4Authentication;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests that are refused by their head alone: the answer comes before a byte of the body. */
@Timeout(30)
class EarlyRefusalTest {
    private static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");
    private static final String SIGNED_HASH = "host;x-amz-content-sha256;x-amz-date;x-amz-target";
    private static final String LONG_BODY = "Content-Length: 1000000";
    private static final String HASH = "x-amz-content-sha256: " + "ab".repeat(32) + "\r\n";

    private final AccessKey known = AccessKey.generate(new SecureRandom(), "000000000000", "test");

    @TempDir
    Path directory;

    private ApiServer server;
    private int patienceMillis = 20_000;

    @BeforeEach
    void start() {
        server = new ApiServer(
                directory,
                new SigV4Authentication(
                        id -> id.equals(known.id()) ? known : null,
                        SigV4Authentication.DEFAULT_CLOCK_SKEW,
                        InstantSource.fixed(NOW)));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String answerTo(String key, String signedHeaders, String headers) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(patienceMillis);
            socket.getOutputStream()
                    .write(("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n"
                                    + "X-Amz-Target: Kinesis_20131202.ListStreams\r\nX-Amz-Date: 20260203T040506Z\r\n"
                                    + "Authorization: AWS4-HMAC-SHA256 Credential=" + key
                                    + "/20260203/us-east-1/kinesis/aws4_request, SignedHeaders=" + signedHeaders
                                    + ", Signature=" + "0".repeat(64) + "\r\n" + headers + "\r\n\r\n")
                            .getBytes(US_ASCII));
            InputStream answer = socket.getInputStream();
            StringBuilder read = new StringBuilder();
            for (int c = answer.read(); c >= 0 && c != '}'; c = answer.read()) {
                read.append((char) c);
            }
            return read.toString();
        }
    }

    @ParameterizedTest
    @CsvSource({LONG_BODY, "Transfer-Encoding: chunked", "'" + LONG_BODY + "\r\nExpect: 100-continue'"})
    void anUnknownKeyIsRefusedAndTheConnectionClosed(String body) throws Exception {
        assertThat(answerTo("AKIAUNKNOWN", "host;x-amz-date;x-amz-target", body))
                .startsWith("HTTP/1.1 400")
                .contains("The security token included in the request is invalid")
                .doesNotContain("100 Continue");
    }

    @Test
    void aWrongSignatureIsRefusedIfTheHashOfTheBodyIsDeclared() throws Exception {
        assertThat(answerTo(known.id(), SIGNED_HASH, HASH + LONG_BODY))
                .contains("InvalidSignatureException", "ab".repeat(32));
    }

    /** Without a declared hash the body decides whether the signature is right. */
    @Test
    void aBodyThatTheSignatureDependsOnIsAwaited() {
        patienceMillis = 500;
        assertThatThrownBy(() -> answerTo(known.id(), "host;x-amz-date;x-amz-target", LONG_BODY))
                .isInstanceOf(SocketTimeoutException.class);
    }
}
