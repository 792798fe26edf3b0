package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The unmodified Java clients at their defaults, in cleartext and over TLS with trust in the node's own certificate: all make
 * the same round trip, and speak on the wire what their defaults are.
 */
@Timeout(60)
class JavaClientsTest {
    @TempDir
    static Path directory;

    private static StreamsServer server;

    @BeforeAll
    static void start() {
        System.setProperty("aws.java.v1.disableDeprecationAnnouncement", "true");
        server = StreamsServer.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Makes a client of a URL and the directory of the node. */
    interface Maker extends BiFunction<String, Path, StreamsClient> {}

    /** Kinesis clients take CBOR by default; the events of SubscribeToShard are JSON. */
    static Stream<Arguments> clients() {
        return Stream.of(
                client("SDK v1", SdkV1Client::new, "http", "h1 application/x-amz-cbor-1.1"),
                client("SDK v1", SdkV1Client::new, "https", "tls h1 application/x-amz-cbor-1.1"),
                client("SDK v2", SdkV2Client::new, "http", "h1 application/x-amz-cbor-1.1"),
                client("SDK v2", SdkV2Client::new, "https", "tls h1 application/x-amz-cbor-1.1"),
                client(
                        "SDK v2 async",
                        SdkV2AsyncClient::new,
                        "http",
                        "h2 application/x-amz-cbor-1.1",
                        "h2 application/x-amz-json-1.1"),
                client(
                        "SDK v2 async",
                        SdkV2AsyncClient::new,
                        "https",
                        "tls h2 application/x-amz-cbor-1.1",
                        "tls h2 application/x-amz-json-1.1"));
    }

    private static Arguments client(String name, Maker maker, String scheme, String... wire) {
        return Arguments.of(name, scheme, maker, wire);
    }

    @ParameterizedTest(name = "{0} over {1}")
    @MethodSource("clients")
    void makesItsRoundTrip(String name, String scheme, Maker maker, String[] wire) throws Exception {
        server.takeWire();
        try (StreamsClient client = maker.apply(server.url(scheme), directory)) {
            RoundTrip.of(client);
        }
        assertThat(server.takeWire()).containsExactlyInAnyOrder(wire);
    }
}
