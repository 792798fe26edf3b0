package io.millrace.protocol.endpoint;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The one port with everything that may come to it: cleartext or TLS, HTTP/1.1 or HTTP/2, announced or not. */
@Timeout(20)
class ProtocolsTest {
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

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void overTlsTheClientChoosesByAlpn(HttpClient.Version version) throws Exception {
        HttpClient client =
                HttpClient.newBuilder().sslContext(trusting()).version(version).build();
        String protocol = version == HttpClient.Version.HTTP_2 ? "tls h2" : "tls h1";
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(uri("https"))
                            .POST(HttpRequest.BodyPublishers.ofString("body " + i))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.version()).isEqualTo(version);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("POST /echo " + protocol + " body " + i);
        }
    }

    @Test
    void http1WorksOverTlsWithoutAlpn() throws Exception {
        try (SSLSocket socket = (SSLSocket) trusting().getSocketFactory().createSocket("localhost", endpoint.port())) {
            socket.getOutputStream().write("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII));
            assertThat(TestEndpoint.readResponse(socket.getInputStream())).endsWith("GET /echo tls h1 ");
            assertThat(socket.getApplicationProtocol()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void http2WithPriorKnowledgeNeedsNoAnnouncement(boolean tls) throws Exception {
        String expected = "POST /echo " + (tls ? "tls " : "") + "h2 ";
        try (Socket socket = tls
                        ? trusting().getSocketFactory().createSocket("localhost", endpoint.port())
                        : endpoint.connect();
                Http2Client client = new Http2Client(socket)) {
            for (int i = 0; i < 3; i++) {
                int stream = client.request("POST", "/echo", ("body " + i).getBytes(US_ASCII));
                Http2Client.Response response = client.response(stream);
                assertThat(response.status()).isEqualTo(200);
                assertThat(new String(response.body(), US_ASCII)).isEqualTo(expected + "body " + i);
                assertThat(response.reset()).isNegative();
            }
        }
    }

    @Test
    void http2RequestsOfOneConnectionDoNotWaitForEachOther() throws Exception {
        HttpClient client = HttpClient.newBuilder()
                .sslContext(trusting())
                .version(HttpClient.Version.HTTP_2)
                .build();
        client.send(HttpRequest.newBuilder(uri("https")).build(), HttpResponse.BodyHandlers.ofString()); // connects
        CompletableFuture<HttpResponse<String>> waiting = client.sendAsync(
                HttpRequest.newBuilder(uri("https").resolve("/stream")).build(), HttpResponse.BodyHandlers.ofString());
        ResponseStream open = endpoint.responses.take();

        List<CompletableFuture<HttpResponse<String>>> others = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            others.add(client.sendAsync(
                    HttpRequest.newBuilder(uri("https"))
                            .POST(HttpRequest.BodyPublishers.ofString("x".repeat(90_000)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString()));
        }
        for (CompletableFuture<HttpResponse<String>> other : others) {
            assertThat(other.get().body()).hasSize("POST /echo tls h2 ".length() + 90_000);
        }
        assertThat(waiting).isNotDone();
        open.finish();
        assertThat(waiting.get().body()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aBodyThatIsTooLongIsRefusedOverTlsAndTheClientCanReadWhy(HttpClient.Version version) throws Exception {
        HttpClient client =
                HttpClient.newBuilder().sslContext(trusting()).version(version).build();
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(uri("https"))
                            .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[300_000]))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(413);
            assertThat(response.body()).isEqualTo(TestEndpoint.TOO_LARGE);
        }
    }

    @Test
    void http2ClosesTheStreamOfABodyThatIsTooLongAndKeepsTheConnection() throws Exception {
        try (Http2Client client = new Http2Client(endpoint.connect())) {
            int stream = client.request("POST", "/echo", new byte[300_000]);
            Http2Client.Response refused = client.response(stream);
            assertThat(refused.status()).isEqualTo(413);
            assertThat(new String(refused.body(), US_ASCII)).isEqualTo(TestEndpoint.TOO_LARGE);
            assertThat(refused.reset()).isLessThanOrEqualTo(0); // none, or NO_ERROR (RFC 9113, section 8.1)

            Http2Client.Response next = client.response(client.request("POST", "/echo", new byte[0]));
            assertThat(next.status()).isEqualTo(200);
        }
    }

    private static URI uri(String scheme) {
        return URI.create(scheme + "://localhost:" + endpoint.port() + "/echo");
    }

    private static SSLContext trusting() throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (var in = Files.newInputStream(directory.resolve("certificate.pem"))) {
            trusted.setCertificateEntry(
                    "node", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }
}
