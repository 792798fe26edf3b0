package io.millrace.analytics.connector.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletionException;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** Clients of an endpoint with a certificate that it has made itself. */
@Timeout(90)
class TrustTest {
    private static final char[] PASSWORD = "password".toCharArray();

    @TempDir
    static Path directory;

    private static HttpsServer server;
    private static String certificate;

    @BeforeAll
    static void start() throws Exception {
        KeyStore keys = selfSigned("ip:127.0.0.1");
        certificate = "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(keys.getCertificate("key").getEncoded())
                + "\n-----END CERTIFICATE-----\n";
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            byte[] answer = {(byte) 0xA0}; // an empty map
            exchange.getResponseHeaders().add("Content-Type", "application/x-amz-cbor-1.1");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    @AfterAll
    static void stop() {
        server.stop(0);
    }

    private static KeyStore selfSigned(String name) throws Exception {
        Path file = directory.resolve("keys.p12");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "key"));
        command.addAll(List.of("-keyalg", "EC", "-dname", "CN=node", "-ext", "san=" + name, "-validity", "3650"));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", file.toString()));
        command.addAll(List.of("-storepass", new String(PASSWORD)));
        assertThat(new ProcessBuilder(command).redirectErrorStream(true).start().waitFor())
                .isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        return keys;
    }

    private static boolean calls(String host, Trust trust) {
        Connection connection =
                new Connection("https://" + host + ":" + server.getAddress().getPort(), "us-east-1", "k", "s", trust);
        try (KinesisClient client = connection.open()) {
            return client.listStreams().sdkHttpResponse().isSuccessful();
        }
    }

    @Test
    void aCertificateThatNobodyVouchesForIsRefused() {
        assertThatThrownBy(() -> calls("127.0.0.1", Trust.usual())).hasMessageContaining("PKIX path building failed");
    }

    @Test
    void aCertificateThatIsGivenIsAcceptedAtItsHostOnly() {
        assertThat(calls("127.0.0.1", Trust.with(certificate))).isTrue();
        assertThatThrownBy(() -> calls("localhost", Trust.with(certificate))).hasMessageContaining("localhost");
    }

    @Test
    void anyCertificateIsAcceptedWhereThatIsAskedFor() {
        assertThat(calls("127.0.0.1", Trust.any())).isTrue();
    }

    /** The server of this test has no HTTP/2, so a handshake that succeeds ends without an agreed protocol. */
    private static String subscribes(String host, Trust trust) {
        Connection connection =
                new Connection("https://" + host + ":" + server.getAddress().getPort(), "us-east-1", "k", "s", trust);
        try (SubscriptionClient client = SubscriptionClient.open(connection, 1)) {
            client.kinesis().listStreams().join();
            return "";
        } catch (CompletionException e) {
            return String.valueOf(rootOf(e));
        }
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    @Test
    void aSubscriptionTrustsAsOtherCallsDo() {
        assertThat(subscribes("127.0.0.1", Trust.usual())).contains("unable to find valid certification path");
        assertThat(subscribes("localhost", Trust.with(certificate))).contains("localhost");
        assertThat(subscribes("127.0.0.1", Trust.with(certificate))).doesNotContain("certificat");
        assertThat(subscribes("127.0.0.1", Trust.any())).doesNotContain("certificat");
    }

    @Test
    void aBundleNamedByTheEnvironmentIsAccepted() throws Exception {
        Path bundle = Files.writeString(directory.resolve("bundle.pem"), certificate);
        assertThat(Trust.usual().managers(null)).isNull();
        assertThat(Trust.usual().managers(bundle.toString())).hasSize(1);
    }

    @Test
    void textThatIsNoCertificateIsToldAtOnce() {
        assertThatThrownBy(() -> Trust.with("nonsense").managers(null))
                .hasMessage("certificates: cannot be used (expected: certificates in PEM)");
    }
}
