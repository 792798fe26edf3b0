package io.millrace.protocol.endpoint;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** HTTP/2 connections that cost the server more than the client. */
@Timeout(20)
class HostileHttp2Test {
    private static final int MAX_CONCURRENT_STREAMS = 3;
    private static final int STREAMS = 128;
    private static final int PROTOCOL_ERROR = 1;
    private static final int REFUSED_STREAM = 7;
    private static final int ENHANCE_YOUR_CALM = 11;

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
    void whoTakesBackMoreThanAHundredRequestsASecondIsSentAway() throws IOException {
        try (Http2Client client = new Http2Client(endpoint.connect())) {
            try {
                for (int i = 0; i < 1000; i++) {
                    int stream = client.newStream();
                    byte[] block = client.block(stream, Http2Client.headers("POST", "/echo"));
                    client.frame(Http2Client.HEADERS, Http2Client.END_HEADERS, stream, block);
                    client.reset(stream);
                }
                client.flush();
            } catch (SocketException e) {
                assertThat(e).isNotNull(); // sent away while it still sends
            }
            assertSentAway(client, ENHANCE_YOUR_CALM);
        }
        assertStillServed();
    }

    @Test
    void aHeadThatGoesOnForEverIsCutOff() throws IOException {
        for (int fragment : new int[] {0, 1, 1000}) {
            try (Http2Client client = new Http2Client(endpoint.connect())) {
                int stream = client.newStream();
                client.frame(
                        Http2Client.HEADERS, 0, stream, client.block(stream, Http2Client.headers("POST", "/echo")));
                try {
                    for (int i = 0; i < 2000; i++) {
                        client.frame(Http2Client.CONTINUATION, 0, stream, new byte[fragment]);
                    }
                    client.flush();
                } catch (SocketException e) {
                    assertThat(e).isNotNull(); // cut off while it still sends
                }
                assertSentAway(client, ENHANCE_YOUR_CALM, PROTOCOL_ERROR);
            }
        }
        assertStillServed();
    }

    @Test
    void headersOfMoreThan16KibibytesAreRefusedAndTheConnectionGoesOn() throws IOException {
        try (Http2Client client = new Http2Client(endpoint.connect())) {
            int stream = client.request(Http2Client.headers("POST", "/echo").add("x", "y".repeat(17_000)), new byte[0]);
            assertThat(client.response(stream).status()).isEqualTo(431);
            assertEchoes(client);
        }
    }

    @Test
    void aStreamAboveTheLimitIsRefusedAndTheOthersGoOn() throws Exception {
        try (Http2Client client = new Http2Client(endpoint.connect())) {
            assertThat(client.setting(MAX_CONCURRENT_STREAMS)).isEqualTo(STREAMS);
            List<Integer> streams = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                streams.add(client.request("GET", "/stream", new byte[0]));
            }
            List<ResponseStream> open = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                open.add(endpoint.responses.take());
            }

            int above = client.request("GET", "/stream", new byte[0]);
            assertThat(client.response(above).reset()).isEqualTo(REFUSED_STREAM);

            open.forEach(ResponseStream::finish);
            for (int stream : List.of(streams.get(0), streams.get(STREAMS - 1))) {
                assertThat(client.response(stream).status()).isEqualTo(200);
            }
            assertEchoes(client);
        }
    }

    @Test
    void aBodyOfAnotherLengthThanAnnouncedIsRefused() throws IOException {
        try (Http2Client client = new Http2Client(endpoint.connect())) {
            for (String length : List.of("3", "5")) {
                int stream = client.request(
                        Http2Client.headers("POST", "/echo").add("content-length", length), "four".getBytes(US_ASCII));
                assertThat(client.response(stream).reset()).isPositive();
            }
            assertEchoes(client);
        }
    }

    @Test
    void theHostIsNamedOnceOrTheSameEachTime() throws IOException {
        try (Http2Client client = new Http2Client(endpoint.connect())) {
            int same = client.request(Http2Client.headers("POST", "/echo").add("host", "LOCALHOST"), new byte[0]);
            assertThat(client.response(same).status()).isEqualTo(200);
            int other = client.request(Http2Client.headers("POST", "/echo").add("host", "x"), new byte[0]);
            assertThat(client.response(other).reset()).isPositive();
            assertEchoes(client);
        }
    }

    @Test
    void headersOfHttp1AreRefused() throws IOException {
        for (String[] header :
                new String[][] {{"transfer-encoding", "chunked"}, {"connection", "close"}, {"X-Capital", "x"}}) {
            try (Http2Client client = new Http2Client(endpoint.connect())) {
                int stream =
                        client.request(Http2Client.headers("POST", "/echo").add(header[0], header[1]), new byte[0]);
                assertThat(client.response(stream).reset()).as(header[0]).isEqualTo(PROTOCOL_ERROR);
                assertEchoes(client);
            }
        }
    }

    private static void assertSentAway(Http2Client client, int... codes) throws IOException {
        try {
            assertThat(codes).contains(client.goneAway());
            while (true) {
                client.read();
            }
        } catch (EOFException | SocketException e) {
            assertThat(e).isNotNull(); // closed behind the farewell
        }
    }

    private static void assertStillServed() throws IOException {
        try (Http2Client client = new Http2Client(endpoint.connect())) {
            assertEchoes(client);
        }
    }

    private static void assertEchoes(Http2Client client) throws IOException {
        Http2Client.Response response = client.response(client.request("POST", "/echo", "well".getBytes(US_ASCII)));
        assertThat(new String(response.body(), US_ASCII)).isEqualTo("POST /echo h2 well");
    }
}
