package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.server.node.Connections;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.KinesisException;

/** A node with {@code --auth sigv4} and the command that gives out its keys. */
@Timeout(120)
class AuthIT {
    private static final String[] SIGNED = {"--no-flink", "--no-s3", "--no-warehouse", "--auth", "sigv4"};
    private static final Duration TAKEN_UP = Duration.ofSeconds(10);

    @TempDir
    Path directory;

    @Test
    void keysAreAddedAndRemovedWhileTheNodeRuns() throws Exception {
        AwsBasicCredentials before = add("--name", "before the first start");
        try (NodeProcess node = NodeProcess.start(data(), SIGNED)) {
            node.awaitReady(); // which also says that /health is open
            assertThat(streamsOf(node, before)).isZero();
            assertRefused(node, AwsBasicCredentials.create("test", "test"), "UnrecognizedClientException");
            assertRefused(node, AwsBasicCredentials.create(before.accessKeyId(), "guess"), "InvalidSignatureException");

            AwsBasicCredentials later = add("--account", "123456789012", "--name", "later");
            Await.until("the new key is let in", TAKEN_UP, () -> isLetIn(node, later));
            try (KinesisClient kinesis = kinesis(node, later)) {
                assertThat(Aws.createStream(kinesis, "orders", 1))
                        .isEqualTo("arn:aws:kinesis:us-east-1:123456789012:stream/orders");
            }
            assertThat(streamsOf(node, before)).as("another account").isZero();
            assertThat(keys("list").out().lines())
                    .containsExactlyInAnyOrder(
                            before.accessKeyId() + "  000000000000  before the first start",
                            later.accessKeyId() + "  123456789012  later");

            assertThat(keys("remove", later.accessKeyId()).exit()).isZero();
            Await.until("the removed key is shut out", TAKEN_UP, () -> !isLetIn(node, later));
            assertThat(streamsOf(node, before)).isZero();
            assertThat(node.stop()).isZero();
        }
    }

    @Test
    void theNodeLetsInWhatItRunsItself() throws Exception {
        try (NodeProcess node = NodeProcess.start(data(), SIGNED)) {
            node.awaitReady();
            Connections.ApiAccess own = node.connections().apiAccess();

            assertThat(streamsOf(node, AwsBasicCredentials.create(own.accessKey(), own.secretKey())))
                    .isZero();
            assertThat(keys("list").out()).isEmpty();
        }
    }

    @Test
    void applicationsAreForTheCommandsOfThisMachineAndForNoWebPage() throws Exception {
        try (NodeProcess node = NodeProcess.start(data(), SIGNED)) {
            node.awaitReady();
            String own = "Bearer " + node.connections().apiAccess().secretKey();
            assertThat(applications(node, "Authorization", own)).isEqualTo(200);
            assertThat(applications(node, "Authorization", own + "x")).isEqualTo(403);
            assertThat(applications(node, "Accept", "*/*")).isEqualTo(403);
            assertThat(applications(node, "Authorization", own, "Origin", "https://example.org"))
                    .isEqualTo(403);
            for (String secrets : List.of("jobs", "deliveries", "access-keys", "streams/keys")) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data().resolve(secrets))))
                        .as(secrets)
                        .isEqualTo("rwx------");
            }
        }
    }

    private static int applications(NodeProcess node, String... headers) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(node.connections().api() + "/millrace/applications"))
                .headers(headers)
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void ownKeysMayBeBrought() throws Exception {
        assertThat(keys("add", "--access-key-id", "test", "--secret-access-key", "it's")
                        .out())
                .isEqualTo("export AWS_ACCESS_KEY_ID=test\nexport AWS_SECRET_ACCESS_KEY='it'\\''s'\n");
        try (NodeProcess node = NodeProcess.start(data(), SIGNED)) {
            node.awaitReady();

            assertThat(streamsOf(node, AwsBasicCredentials.create("test", "it's")))
                    .isZero();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            add --account 12                                   | account: 12 (expected: 12 digits)
            add --access-key-id a                              | --access-key-id and --secret-access-key: need each other
            add --access-key-id a/b --secret-access-key secret | access key id: a/b (expected: 1 to 128 letters, digits and underscores)
            """)
    void aWrongKeyIsNamed(String command, String message) throws Exception {
        Cli run = keys(command.split(" ", -1));

        assertThat(run.err()).isEqualTo("millrace: " + message + "\n");
        assertThat(run.out()).isEmpty();
        assertThat(run.exit()).isEqualTo(1);
    }

    @Test
    void aKeyThatIsNotThereIsNamed() throws Exception {
        assertThat(keys("remove", "AKIANOBODY").err())
                .isEqualTo("millrace: data directory " + data()
                        + ": does not exist; name that of a node with --data-dir\n");
        keys("add");

        Cli run = keys("remove", "AKIANOBODY");

        assertThat(run.err())
                .isEqualTo("millrace: access key id: AKIANOBODY (expected: one that 'millrace keys list' shows)\n");
        assertThat(run.out()).isEmpty();
        assertThat(run.exit()).isEqualTo(1);
    }

    private Path data() {
        return directory.resolve("data");
    }

    private Cli keys(String... arguments) throws IOException, InterruptedException {
        String[] all = new String[arguments.length + 3];
        all[0] = "keys";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[all.length - 2] = "--data-dir";
        all[all.length - 1] = data().toString();
        return Cli.run(all);
    }

    /** Adds a key and reads what is printed as a shell would. */
    private AwsBasicCredentials add(String... options) throws IOException, InterruptedException {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "add";
        System.arraycopy(options, 0, arguments, 1, options.length);
        Cli run = keys(arguments);
        assertThat(run.err()).isEmpty();
        Map<String, String> variables = run.out()
                .lines()
                .map(line -> line.replace("export ", "").split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        return AwsBasicCredentials.create(variables.get("AWS_ACCESS_KEY_ID"), variables.get("AWS_SECRET_ACCESS_KEY"));
    }

    private static KinesisClient kinesis(NodeProcess node, AwsBasicCredentials credentials) throws IOException {
        return KinesisClient.builder()
                .endpointOverride(URI.create(node.connections().api()))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(credentials))
                .httpClient(UrlConnectionHttpClient.create())
                .build();
    }

    private static int streamsOf(NodeProcess node, AwsBasicCredentials credentials) throws IOException {
        try (KinesisClient kinesis = kinesis(node, credentials)) {
            return kinesis.listStreams().streamNames().size();
        }
    }

    private static boolean isLetIn(NodeProcess node, AwsBasicCredentials credentials) throws IOException {
        try {
            return streamsOf(node, credentials) >= 0;
        } catch (KinesisException e) {
            return false;
        }
    }

    private static void assertRefused(NodeProcess node, AwsBasicCredentials credentials, String code) {
        assertThatExceptionOfType(KinesisException.class)
                .isThrownBy(() -> streamsOf(node, credentials))
                .satisfies(e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code));
    }
}
