package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.analytics.control.SqlException;
import io.millrace.analytics.control.SqlGateway;
import io.millrace.server.flink.FlinkDoor;
import io.millrace.server.node.Connections;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a stranger on the node's machine finds: every port that a node opens, and every file that it keeps. */
@Timeout(180)
class DoorIT {
    private static final int READ_TIMEOUT_MILLIS = 20_000;
    private static final int TLS_ALERT = 21;
    private static final String STATEMENT = "{\"statement\": \"SELECT 1\"}";

    @TempDir
    static Path shared;

    private static NodeProcess node;
    private static Path data;
    private static Path offered;
    private static FlinkDoor door;

    @BeforeAll
    static void startNode() throws Exception {
        data = shared.resolve("data");
        offered = Files.createDirectories(shared.resolve("offered"));
        node = NodeProcess.start(data, "--flink-files", offered.toString()).awaitReady();
        door = FlinkDoor.read(FlinkDoor.file(data.resolve("flink")));
    }

    @AfterAll
    static void endNode() throws IOException {
        node.close();
    }

    @Test
    void noPortIsOpenThatThisTestDoesNotKnow() throws Exception {
        Set<Integer> known = new TreeSet<>(List.of(door.restPort(), door.sqlPort()));
        Connections connections = node.connections();
        for (String url : List.of(
                connections.api(),
                connections.s3().url(),
                connections.warehouse().jdbcUrl().replace("jdbc:", ""))) {
            known.add(URI.create(url).getPort());
        }

        Set<Integer> open = ListeningPorts.of(node.handle());

        assertThat(open).containsAll(known);
        open.removeAll(known);
        assertThat(open).as("the blob server of Flink, and nothing else").hasSize(1);
        assertBlobServerRefuses(open.iterator().next());
    }

    /** It wants TLS, and the certificate that only its own process has. */
    private static void assertBlobServerRefuses(int port) throws Exception {
        try (Socket plain = connect(port)) {
            plain.getOutputStream().write(new byte[] {0, 0, 0, 0}); // "put", in Flink's protocol
            plain.getOutputStream().flush();
            plain.shutdownOutput();
            byte[] answer = plain.getInputStream().readAllBytes();
            int first = answer.length == 0 ? TLS_ALERT : answer[0];
            assertThat(first).as("a TLS alert, or nothing").isEqualTo(TLS_ALERT);
        }
        SSLContext anonymous = SSLContext.getInstance("TLS");
        anonymous.init(null, new TrustManager[] {new TrustingEverybody()}, new SecureRandom());
        try (SSLSocket tls =
                (SSLSocket) anonymous.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            tls.setSoTimeout(READ_TIMEOUT_MILLIS);
            assertThatThrownBy(() -> {
                        tls.startHandshake();
                        tls.getInputStream().read(); // TLS 1.3 refuses after the handshake; nothing sent may cross that
                    })
                    .isInstanceOf(SSLException.class)
                    .hasMessageMatching(".*(certificate_required|bad_certificate|handshake_failure).*");
        }
    }

    @Test
    void flinkAnswersNobodyWithoutTheSecretWhateverTheyShow() throws Exception {
        List<String> heads = List.of(
                "",
                "Authorization: Bearer guess\r\n",
                "Authorization: Bearer \r\n",
                "Authorization: Bearer " + door.secret() + "x\r\n",
                "Authorization: bearer " + door.secret() + "\r\n",
                "Authorization: Bearer " + door.secret() + "\r\nAuthorization: Bearer guess\r\n",
                "Origin: http://evil.example\r\n",
                "Origin: http://127.0.0.1:" + door.restPort() + "\r\n",
                "Cookie: a=" + door.secret() + "\r\n");
        for (int port : List.of(door.restPort(), door.sqlPort())) {
            for (String request : List.of(
                    "GET /v1/overview", "GET /", "OPTIONS /v4/sessions", "POST /v4/sessions", "POST /jars/upload")) {
                for (String head : heads) {
                    String answer = raw(port, request, "Host: 127.0.0.1:" + port + "\r\n" + head);
                    assertThat(answer).as("%s %s", request, head).startsWith("HTTP/1.1 401 ");
                    assertThat(answer.toLowerCase(Locale.ROOT)).doesNotContain("access-control-");
                }
            }
            assertThat(raw(port, "GET /v1/overview", "Host: evil.example:" + port + "\r\n"))
                    .as("a rebound name")
                    .startsWith("HTTP/1.1 401 ");
        }
    }

    @Test
    void notEvenTheAnswersToTheNodeMayBeReadByAnotherOrigin() throws Exception {
        String head =
                "Host: 127.0.0.1\r\nOrigin: http://evil.example\r\nAuthorization: Bearer " + door.secret() + "\r\n";

        for (int port : List.of(door.restPort(), door.sqlPort())) {
            String answer = raw(port, port == door.restPort() ? "GET /v1/overview" : "GET /v4/info", head);
            assertThat(answer).startsWith("HTTP/1.1 200 ");
            assertThat(answer.toLowerCase(Locale.ROOT)).doesNotContain("access-control-");
        }
    }

    @Test
    void theStoreAndTheWarehouseWantTheirKeys() throws Exception {
        Connections connections = node.connections();
        int s3 = URI.create(connections.s3().url()).getPort();
        for (String request : List.of("GET /", "OPTIONS /", "PUT /bucket", "GET /bucket/key", "POST /bucket?delete")) {
            String answer = raw(s3, request, "Host: 127.0.0.1\r\nOrigin: http://evil.example\r\n");
            assertThat(answer).as(request).matches("(?s)HTTP/1.1 40[034] .*");
            assertThat(answer.toLowerCase(Locale.ROOT)).doesNotContain("access-control-");
        }
        String url = connections.warehouse().jdbcUrl();
        for (String password : List.of("", "postgres", "test", "warehouse")) {
            assertThatThrownBy(() -> DriverManager.getConnection(
                            url, connections.warehouse().user(), password))
                    .hasMessageMatching("(?s).*password.*");
        }
        assertThat(connections.s3().secretKey()).hasSize(40);
    }

    @Test
    void applicationsAreStartedByTheOwnerOfTheDirectoryOnlyAlsoWithoutSignatures() throws Exception {
        int api = URI.create(node.connections().api()).getPort();
        String own = "Authorization: Bearer " + node.connections().apiAccess().secretKey() + "\r\n";

        assertThat(raw(api, "GET /millrace/applications", "Host: localhost\r\n"))
                .startsWith("HTTP/1.1 403 ");
        assertThat(raw(api, "POST /millrace/applications", "Host: localhost\r\n"))
                .startsWith("HTTP/1.1 403 ");
        assertThat(raw(api, "GET /millrace/applications", "Host: localhost\r\n" + own))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void sqlReadsNoSecretOfTheNode() throws Exception {
        Cli key = Cli.run("keys", "add", "--data-dir", data.toString());
        assertThat(key.exit()).isZero();
        Path link = Files.createSymbolicLink(offered.resolve("link"), data.resolve("connections.json"));
        List<Path> secrets = new ArrayList<>(List.of(
                data.resolve("connections.json"),
                data.resolve("flink/cluster.json"),
                data.resolve("flink/flink.args"),
                data.resolve("flink/internal.p12"),
                data.resolve("flink/tmp/../cluster.json"),
                data.resolve("tls/key.pem"),
                data.resolve("access-keys"),
                data.resolve("s3-keys"),
                data.resolve("warehouse"),
                data,
                link,
                Path.of("/proc/self/environ"),
                Path.of("/etc/hostname")));
        try (SqlGateway.Session session = new SqlGateway(node.connections().sqlAccess()).openSession(Map.of())) {
            for (Path secret : secrets) {
                run(
                        session,
                        "CREATE TEMPORARY TABLE secret (line STRING) WITH ('connector' = 'filesystem', 'path' = 'file://"
                                + secret + "', 'format' = 'raw')");
                assertRefused(session, "SELECT * FROM secret");
                run(session, "DROP TEMPORARY TABLE secret");
            }
            assertRefused(session, "ADD JAR '" + data.resolve("connections.json.jar") + "'");
            assertRefused(session, "EXECUTE PLAN '" + data.resolve("connections.json") + "'");
            run(session, "CREATE TABLE numbers (n INT) WITH ('connector' = 'datagen')");
            run(
                    session,
                    "CREATE TABLE mine (n INT) WITH ('connector' = 'filesystem', 'path' = 'file://" + offered
                            + "/mine', 'format' = 'json')");
            assertRefused(
                    session,
                    "COMPILE PLAN '" + data.resolve("access-keys/forged.json")
                            + "' FOR INSERT INTO mine SELECT n FROM numbers");
        }
    }

    private static List<String> run(SqlGateway.Session session, String statement) throws Exception {
        List<String> rows = new ArrayList<>();
        session.execute(statement, Map.of(), row -> rows.add(String.join(" | ", row.fields())));
        return rows;
    }

    private static void assertRefused(SqlGateway.Session session, String statement) {
        assertThatThrownBy(() -> run(session, statement))
                .as(statement)
                .isInstanceOf(SqlException.class)
                .hasMessageContaining("Flink may not use this file");
    }

    @Test
    void sqlReadsTheFolderThatTheOperatorNames() throws Exception {
        Files.writeString(offered.resolve("words"), "hello\n");

        Cli run = sql("CREATE TABLE words (line STRING) WITH ('connector' = 'filesystem', 'path' = 'file://"
                + offered.resolve("words") + "', 'format' = 'raw');\nSELECT * FROM words;\nSET;\n");

        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("hello", "execution.target")
                .doesNotContain(node.connections().s3().secretKey(), door.secret(), "password"); // what SET shows
    }

    @Test
    void peopleOpenTheUiOfFlinkThroughTheNodeByALinkThatWorksOnce() throws Exception {
        Cli command = Cli.run("flink-ui", "--data-dir", data.toString());
        assertThat(command.err()).isEmpty();
        URI link = URI.create(command.out().strip());
        int api = link.getPort();
        String get = "GET " + link.getPath() + "?" + link.getQuery();

        String entered = raw(api, get, "Host: localhost\r\n");
        assertThat(entered).startsWith("HTTP/1.1 200 ").contains("HttpOnly", "SameSite=Strict");
        assertThat(raw(api, get, "Host: localhost\r\n")).startsWith("HTTP/1.1 403 ");
        String path = entered.replaceFirst("(?s).*; Path=(/flink/[\\w-]+/);.*", "$1");
        String cookie = "Cookie: " + entered.replaceFirst("(?s).*(millrace-flink=[\\w-]+);.*", "$1") + "\r\n";
        String own = "Host: 127.0.0.1:" + api + "\r\n" + cookie;

        assertThat(raw(api, "GET " + path, own)).startsWith("HTTP/1.1 200 ").contains("Flink");
        assertThat(raw(api, "GET " + path + "overview", own)).contains("slots-total");
        assertThat(raw(api, "GET " + path + "config", own)).contains("\"web-submit\":false", "\"web-cancel\":false");
        assertThat(raw(api, "GET " + path + "jobmanager/config", own))
                .contains("s3.endpoint")
                .doesNotContain(node.connections().s3().secretKey(), door.secret());
        for (String refused : List.of(
                "GET " + path + "jobs/0/yarn-cancel",
                "GET " + path + "v1/jobs/0/yarn-stop/",
                "GET " + path + "jobs/0/yarn%2Dcancel",
                "GET " + path + "jobs//0/yarn-cancel",
                "GET " + path + "jars/x.jar/plan",
                "GET " + path + "x/../jars/x.jar/plan")) {
            assertThat(raw(api, refused, own)).as(refused).startsWith("HTTP/1.1 403 ");
        }
        for (String method : List.of("POST", "PATCH", "PUT", "DELETE", "OPTIONS")) {
            assertThat(raw(api, method + " " + path + "jobs/0", own)).as(method).startsWith("HTTP/1.1 40");
        }
        for (String head : List.of(
                "Host: 127.0.0.1\r\n",
                "Host: evil.example:" + api + "\r\n" + cookie,
                own + "Origin: http://evil.example\r\n",
                own + "Origin: null\r\n",
                own + "Sec-Fetch-Site: same-site\r\n",
                own + "Sec-Fetch-Site: cross-site\r\n")) {
            assertThat(raw(api, "GET " + path + "overview", head)).as(head).startsWith("HTTP/1.1 403 ");
        }
        assertThat(raw(api, "GET /flink/guess/overview", own)).startsWith("HTTP/1.1 403 ");
        assertThat(raw(api, "POST /millrace/flink-ui", own)).startsWith("HTTP/1.1 403 ");
    }

    private static Cli sql(String script) throws Exception {
        Path file = Files.writeString(shared.resolve("script.sql"), script);
        return Cli.run("sql", "--data-dir", data.toString(), file.toString());
    }

    @Test
    void nobodyElseMayEnterTheDataDirectory() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
                .isEqualTo("rwx------");
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(READ_TIMEOUT_MILLIS);
        return socket;
    }

    /** Sends a request byte by byte as given, with SQL as {@code text/plain}, and returns what comes until the end. */
    private static String raw(int port, String request, String head) throws IOException {
        try (Socket socket = connect(port);
                InputStream in = socket.getInputStream()) {
            String whole = request + " HTTP/1.1\r\n" + head + "Content-Type: text/plain\r\nConnection: close\r\n"
                    + "Content-Length: " + STATEMENT.length() + "\r\n\r\n" + STATEMENT;
            socket.getOutputStream().write(whole.getBytes(StandardCharsets.UTF_8));
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static final class TrustingEverybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
