package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Unmodified clients of other languages against a node, in cleartext and over TLS with the node's own certificate.
 *
 * <p>Each runs one of the round trips in {@code src/test/clients}, which print OK or what was wrong. A client that is not
 * installed is skipped.
 */
@Timeout(180)
@Execution(ExecutionMode.CONCURRENT) // they mostly wait for interpreters to start
class ClientsTest {
    private static final Path SCRIPTS = Path.of("src/test/clients").toAbsolutePath();

    @TempDir
    static Path directory;

    private static StreamsServer server;

    @BeforeAll
    static void start() {
        server = StreamsServer.startSigned(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void theJavaScriptSdkMakesItsRoundTrip(String scheme) throws Exception {
        assumeTrue(runs("node", "--version") && runs("npm", "--version"), "node and npm are not installed");
        Path home = installJavaScriptSdk();
        roundTrip(
                scheme,
                List.of(
                        "node",
                        "--no-warnings",
                        home.resolve("kinesis-roundtrip.mjs").toString()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void boto3MakesItsRoundTrip(String scheme) throws Exception {
        // The distribution's Python before one that a version manager put in front of it.
        String python = firstThatRuns(List.of("/usr/bin/python3", "python3"), "-c", "import boto3");
        assumeTrue(python != null, "boto3 is not installed");
        roundTrip(
                scheme,
                List.of(python, SCRIPTS.resolve("py/kinesis_roundtrip.py").toString()));
    }

    @Test
    void theAwsCliMakesItsRoundTrip() throws Exception {
        List<String> script =
                List.of("sh", SCRIPTS.resolve("cli/kinesis-roundtrip.sh").toString());
        roundTrip("http", script, Map.of("AWS", awsCli()));
    }

    /** One call only: each takes the CLI most of a second, and what differs is the connection. */
    @Test
    void theAwsCliTrustsTheNodesCertificate() throws Exception {
        Path said = directory.resolve("cli.txt");
        ProcessBuilder builder = new ProcessBuilder(
                awsCli(),
                "kinesis",
                "list-streams",
                "--endpoint-url",
                server.url("https"),
                "--query",
                "HasMoreStreams",
                "--no-paginate");
        builder.environment()
                .putAll(Map.of(
                        "AWS_CA_BUNDLE", certificate(),
                        "AWS_ACCESS_KEY_ID", "test",
                        "AWS_SECRET_ACCESS_KEY", "test",
                        "AWS_DEFAULT_REGION", "us-east-1",
                        "AWS_PAGER", ""));
        int exit = run(builder, said);
        assertThat(Files.readString(said).strip()).isEqualTo("false");
        assertThat(exit).isZero();
    }

    private static String awsCli() throws IOException, InterruptedException {
        String aws = firstThatRuns(List.of("/usr/bin/aws", "aws"), "--version");
        assumeTrue(aws != null && output(aws, "--version").startsWith("aws-cli/2"), "the AWS CLI 2 is not installed");
        return aws;
    }

    private static String certificate() {
        return directory.resolve("tls/certificate.pem").toString();
    }

    private static void roundTrip(String scheme, List<String> command) throws Exception {
        roundTrip(scheme, command, Map.of());
    }

    private static void roundTrip(String scheme, List<String> command, Map<String, String> settings) throws Exception {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("AWS_CA_BUNDLE", certificate());
        environment.put("NODE_EXTRA_CA_CERTS", certificate());
        Path said = Files.createTempFile(directory, "client", ".txt");
        String stream = "stream-" + UUID.randomUUID();
        List<String> line = new ArrayList<>(command);
        line.addAll(List.of(server.url(scheme), stream));
        ProcessBuilder builder = new ProcessBuilder(line);
        builder.environment().putAll(environment);
        int exit = run(builder, said);
        assertThat(Files.readString(said)).startsWith("OK");
        assertThat(exit).isZero();
    }

    /** Modules are found from the script's own place upwards, so the script is put beside what npm installs. */
    private static synchronized Path installJavaScriptSdk() throws IOException, InterruptedException {
        Path home = Files.createDirectories(Path.of("target/clients/js").toAbsolutePath());
        for (String file : List.of("package.json", "kinesis-roundtrip.mjs")) {
            Files.copy(SCRIPTS.resolve("js").resolve(file), home.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.isDirectory(home.resolve("node_modules/@aws-sdk/client-kinesis"))) {
            Path said = home.resolve("npm.txt");
            ProcessBuilder npm = new ProcessBuilder("npm", "install", "--no-package-lock", "--no-audit", "--no-fund");
            int exit = run(npm.directory(home.toFile()), said);
            assumeTrue(exit == 0, "npm could not install the SDK");
        }
        return home;
    }

    private static String firstThatRuns(List<String> programs, String... arguments) throws InterruptedException {
        for (String program : programs) {
            String[] command = new String[arguments.length + 1];
            command[0] = program;
            System.arraycopy(arguments, 0, command, 1, arguments.length);
            if (runs(command)) {
                return program;
            }
        }
        return null;
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return run(new ProcessBuilder(command), Files.createTempFile(directory, "probe", ".txt")) == 0;
        } catch (IOException e) { // there is no such program
            return false;
        }
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Path said = Files.createTempFile(directory, "probe", ".txt");
        run(new ProcessBuilder(command), said);
        return Files.readString(said);
    }

    private static int run(ProcessBuilder builder, Path output) throws IOException, InterruptedException {
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            process.waitFor(170, TimeUnit.SECONDS);
        } finally {
            process.destroyForcibly(); // nothing to do once it has ended
        }
        return process.waitFor();
    }
}
