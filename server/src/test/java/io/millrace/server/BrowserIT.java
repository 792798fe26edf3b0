package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.sun.net.httpserver.HttpServer;
import io.millrace.server.flink.FlinkDoor;
import io.millrace.server.node.Connections;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** A page of another site, in a real browser on the node's machine, tries every port of a node with {@code --auth sigv4}. */
@Timeout(300)
class BrowserIT {
    private static final Pattern RESULT = Pattern.compile("\\[(.+?) = (\\w+)]");
    private static final String RUN_SQL =
            "{\\\"statement\\\": \\\"SELECT 1\\\", \\\"name\\\": \\\"x\\\", \\\"prelude\\\": []}";

    @TempDir
    static Path shared;

    private static Chromium browser;
    private static NodeProcess node;
    private static FlinkDoor door;
    private static HttpServer site;
    private static volatile String page = "";

    @BeforeAll
    static void start() throws Exception {
        browser = Chromium.find().orElseGet(() -> abort("no Chromium on the PATH; Debian has it as 'chromium'"));
        Path data = shared.resolve("data");
        node = NodeProcess.start(data, "--auth", "sigv4").awaitReady();
        door = FlinkDoor.read(FlinkDoor.file(data.resolve("flink")));
        site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        site.createContext("/", exchange -> {
            byte[] body = page.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            exchange.getResponseHeaders().set("Access-Control-Allow-Origin", "*");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        site.start();
    }

    @AfterAll
    static void end() throws IOException {
        if (site != null) {
            site.stop(0);
        }
        if (node != null) {
            node.close();
        }
    }

    @Test
    void aPageOfAnotherSiteGetsNowhere() throws Exception {
        Connections connections = node.connections();
        String api = connections.api();
        Map<String, String> results = visit(
                "http://evil.example:" + port(),
                script().append(tries("own site", "GET", "http://evil.example:" + port() + "/"))
                        .append(tries("open site", "GET", "http://127.0.0.1:" + port() + "/"))
                        .append(tries("flink", "GET", door.restUrl() + "/v1/overview"))
                        .append(tries("flink upload", "POST", door.restUrl() + "/jars/upload"))
                        .append(tries("gateway", "GET", door.sqlUrl() + "/v4/info"))
                        .append(tries("gateway session", "POST", door.sqlUrl() + "/v4/sessions"))
                        .append(tries("s3", "GET", connections.s3().url() + "/"))
                        .append(tries("s3 bucket", "PUT", connections.s3().url() + "/bucket"))
                        .append(tries("warehouse", "POST", warehouse(connections)))
                        .append(tries("flink ui", "GET", api + "/flink/"))
                        .append(tries("flink ui open", "GET", api + "/flink/open?ticket=guess"))
                        .append(tries("flink ui link", "POST", api + "/millrace/flink-ui"))
                        .append(tries("applications", "GET", api + "/millrace/applications"))
                        .append(tries("start", "POST", api + "/millrace/applications"))
                        .append(tries("streams", "POST", api + "/", "Kinesis_20131202.ListStreams"))
                        .append(tries("create", "POST", api + "/", "Kinesis_20131202.CreateStream"))
                        .append(tries("firehose", "POST", api + "/", "Firehose_20150804.ListDeliveryStreams"))
                        .append(tries("glue", "POST", api + "/", "AWSGlue.GetDatabases"))
                        .append(tries("video", "POST", api + "/listStreams")));

        assertThat(results).containsEntry("own site", "200").containsEntry("open site", "200");
        results.remove("own site");
        results.remove("open site");
        assertThat(results)
                .hasSize(17)
                .allSatisfy((tried, result) -> assertThat(result).as(tried).isIn("blocked", "400", "401", "403"));
        try (KinesisClient kinesis = kinesis(connections)) {
            assertThat(kinesis.listStreams().streamNames()).isEmpty();
        }
    }

    /** The name of another site that leads to this machine makes its page one of the same origin. */
    @Test
    void aReboundNameIsAnsweredByNoPartButTheSignedApi() throws Exception {
        int api = URI.create(node.connections().api()).getPort();
        for (String target : new String[] {
            door.restPort() + "/v1/overview",
            door.sqlPort() + "/v4/info",
            api + "/flink/",
            api + "/flink/open?ticket=guess",
            api + "/millrace/applications"
        }) {
            String shown = browser.open(shared, "http://evil.example:" + target, rebound());
            assertThat(shown).as(target).matches("(?s).*(Unauthorized|may not open|denied).*");
        }
    }

    @Test
    void theLinkOfTheCommandOpensTheUiOnce() throws Exception {
        Cli command = Cli.run("flink-ui", "--data-dir", node.directory().toString());
        assertThat(command.err()).isEmpty();
        String link = command.out().strip();

        String shown = browser.open(shared, link, "--virtual-time-budget=20000");
        assertThat(shown).contains("Apache Flink Web Dashboard").contains("flink-root");

        assertThat(browser.open(shared, link)).contains("has been used");
    }

    private static String[] rebound() {
        return new String[] {"--host-resolver-rules=MAP evil.example 127.0.0.1"};
    }

    private static int port() {
        return site.getAddress().getPort();
    }

    private static String warehouse(Connections connections) {
        return connections.warehouse().jdbcUrl().replaceFirst("jdbc:postgresql", "http");
    }

    private static StringBuilder script() {
        return new StringBuilder("""
                <!doctype html><body><script>
                function attempt(name, method, url, target) {
                  let result = 'blocked';
                  try {
                    const request = new XMLHttpRequest();
                    request.open(method, url, false);
                    request.withCredentials = !url.includes('127.0.0.1:%d');
                    if (target) request.setRequestHeader('X-Amz-Target', target);
                    else if (method === 'POST') request.setRequestHeader('Content-Type', 'text/plain');
                    request.send(method === 'GET' ? null : "%s");
                    if (request.status) result = String(request.status);
                  } catch (e) { }
                  document.body.append('[' + name + ' = ' + result + ']');
                }
                """.formatted(port(), RUN_SQL));
    }

    private static String tries(String name, String method, String url, String... target) {
        return "attempt('" + name + "', '" + method + "', '" + url + "', '" + String.join("", target) + "');\n";
    }

    private static Map<String, String> visit(String url, StringBuilder script) throws Exception {
        page = script.append("</script></body>").toString();
        String shown = browser.open(shared, url, rebound());
        Map<String, String> results = new LinkedHashMap<>();
        String text = shown.substring(shown.lastIndexOf("</script>"));
        for (Matcher matcher = RESULT.matcher(text); matcher.find(); ) {
            results.put(matcher.group(1), matcher.group(2));
        }
        return results;
    }

    private static KinesisClient kinesis(Connections connections) {
        Connections.ApiAccess own = connections.apiAccess();
        return KinesisClient.builder()
                .endpointOverride(URI.create(connections.api()))
                .region(Region.US_EAST_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(own.accessKey(), own.secretKey())))
                .httpClient(UrlConnectionHttpClient.create())
                .build();
    }
}
