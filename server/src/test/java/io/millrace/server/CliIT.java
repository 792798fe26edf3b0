package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.storage.ObjectStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** Starts the node wrongly and rightly, and reads what it says to its user. */
@Timeout(120)
class CliIT {
    private static final String[] ALONE = {"--no-flink", "--no-s3", "--no-warehouse"};

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --prot 4567            | Unknown options: '--prot', '4567'; did you mean '--port'?
        --port many            | Invalid value for option '--port': 'many' is not an int
        --port 70000           | --port: 70000 (expected: 0 to 65535)
        --durability sometimes | --durability: sometimes (expected: fsync, interval=MILLISECONDS or os)
        --flink-url http://f   | --flink-url: needs --sql-url too
        --auth maybe           | --auth: maybe (expected: off or sigv4)
        --auth-clock-skew 0    | --auth-clock-skew: 0 (expected: 1 to 86400)
        """)
    void aWrongOptionIsNamedAndTheExitCodeIsTwo(String options, String message) throws Exception {
        Path data = directory.resolve("data");
        String[] pair = options.split(" ", 2);

        Cli run = server(data, Map.of(), pair[0], pair[1]);

        assertThat(run.err().lines())
                .containsExactly("millrace: %s (millrace server --help shows the options)".formatted(message));
        assertThat(run.exit()).isEqualTo(2);
        assertThat(data).doesNotExist();
    }

    @Test
    void aBusyPortIsNamedWithTheOptionThatChoosesAnother() throws Exception {
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Cli run = server(directory.resolve("data"), Map.of(), "--port", Integer.toString(busy.getLocalPort()));

            assertRefused(
                    run,
                    "--port %d: cannot be used on 127.0.0.1 (Address already in use); stop what uses it or choose another port with --port"
                            .formatted(busy.getLocalPort()));
            assertThat(directory.resolve("data")).doesNotExist();
        }
    }

    @Test
    void aDirectoryWithOtherFilesIsLeftAlone() throws Exception {
        Files.writeString(directory.resolve("thesis.txt"), "mine");

        assertRefused(
                unchanged(directory, () -> server(directory, Map.of())),
                "data directory %s: holds files that are not Millrace's; choose an empty or new one with --data-dir"
                        .formatted(directory));
    }

    @Test
    void theDemosDirectoryAndWhatAnInterruptedFirstStartHasLeftAreInNobodysWay() throws Exception {
        Path data = Files.createDirectories(directory.resolve("data"));
        Files.writeString(Files.createDirectory(data.resolve("demo")).resolve("format"), "millrace 1\n");
        Files.writeString(data.resolve("format.tmp"), "mill");
        try (NodeProcess node = NodeProcess.start(data, ALONE)) {
            node.awaitReady();
            assertThat(data.resolve("format")).hasContent("millrace 1\n");
            assertThat(data.resolve("format.tmp")).doesNotExist();
        }
    }

    @Test
    void anAddressOfItsOwnIsThatOfTheObjectStoreToo() throws Exception {
        try (NodeProcess node =
                NodeProcess.start(directory.resolve("data"), "--bind", "127.0.0.2", "--no-flink", "--no-warehouse")) {
            node.awaitReady();
            try (ObjectStore store = node.store()) {
                store.ensureBucket("reached");
            }
        }
    }

    @Test
    void aFileIsNoDirectory() throws Exception {
        Path file = Files.writeString(directory.resolve("thesis.txt"), "mine");

        assertRefused(
                unchanged(directory, () -> server(file, Map.of())),
                "data directory %s: is a file; choose another with --data-dir".formatted(file));
    }

    @Test
    void anotherFormatIsNotRead() throws Exception {
        Files.writeString(directory.resolve("format"), "millrace 999\n");

        assertRefused(
                unchanged(directory, () -> server(directory, Map.of())),
                "data directory %s: has the format 'millrace 999' and this version reads 'millrace 1'; use the version that wrote it"
                        .formatted(directory));
    }

    @Test
    void twoNodesServeSideBySideButNotOnOneDirectoryAndSigtermEndsInOrder() throws Exception {
        try (NodeProcess first = NodeProcess.start(directory.resolve("first"), ALONE);
                NodeProcess second = NodeProcess.start(directory.resolve("second"), ALONE)) {
            first.awaitReady();
            second.awaitReady();
            try (KinesisClient one = first.aws().kinesis();
                    KinesisClient other = second.aws().kinesis()) {
                Aws.createStream(one, "of-the-first", 1);

                assertThat(one.listStreams().streamNames()).containsExactly("of-the-first");
                assertThat(other.listStreams().streamNames()).isEmpty();
            }
            assertRefused(
                    server(first.directory(), Map.of(), "--port", "0"),
                    "data directory %s: is in use by another Millrace process; stop that one or choose another with --data-dir"
                            .formatted(first.directory()));
            assertThat(first.health().status()).isEqualTo(200);
            assertThat(first.stop()).isZero();
            assertThat(second.stop()).isZero();
        }
    }

    @Test
    void healthIsNotGoodBeforeFlinkServes() throws Exception {
        try (NodeProcess node = NodeProcess.start(directory.resolve("data"), "--no-warehouse")) {
            ProcessHandle flink = pausedFlink(node);
            Await.until(
                    "the API serves",
                    Duration.ofSeconds(30),
                    () -> Files.exists(directory.resolve("data/connections.json")));
            NodeProcess.Health early = node.health();
            NodeProcess.signal("CONT", flink.pid());
            assertThat(early.status()).isEqualTo(503);
            assertThat(early.page().path("status").asString()).isEqualTo("starting");
            assertThat(early.page().path("parts").path("streams").path("status").asString())
                    .isEqualTo("ok");

            node.awaitReady();
            assertThat(node.health().page().path("status").asString()).isEqualTo("ok");
            assertThat(node.stop()).isZero();
            assertThat(node.leftChildren()).isEmpty();
        }
    }

    /** Stops the cluster's process as soon as it is there, so that it cannot serve before somebody has looked. */
    private static ProcessHandle pausedFlink(NodeProcess node) throws Exception {
        Instant end = Instant.now().plus(Duration.ofSeconds(30));
        while (Instant.now().isBefore(end)) {
            var flink = node.handle().children().findFirst();
            if (flink.isPresent()) {
                NodeProcess.signal("STOP", flink.get().pid());
                return flink.get();
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
        throw new AssertionError("the node has started no cluster");
    }

    @Test
    void theCommandLineWinsOverTheEnvironmentAndThatOverTheFile() throws Exception {
        Path config = Files.writeString(directory.resolve("config.yaml"), """
            port: 70001
            s3-port: 70002
            flink-port: 70003
            no-warehouse: true
            """);

        Cli run = server(
                directory.resolve("data"),
                Map.of(
                        "MILLRACE_S3_PORT",
                        "70004",
                        "MILLRACE_FLINK_PORT",
                        "70005",
                        "MILLRACE_CONFIG",
                        config.toString()),
                "--flink-port",
                "70006");

        assertThat(run.err())
                .contains("--port: 70001 (expected", "--s3-port: 70004 (expected", "--flink-port: 70006 (expected");
        assertThat(run.exit()).isEqualTo(2);
    }

    @Test
    void aFileThatIsNotOfOptionsIsRefused() throws Exception {
        Path config = Files.writeString(directory.resolve("config.yaml"), "just a text\n");

        Cli run = server(directory.resolve("data"), Map.of(), "--config", config.toString());

        assertThat(run.err().lines())
                .containsExactly("millrace: %s: is no YAML mapping of options to values".formatted(config));
        assertThat(run.exit()).isEqualTo(2);
        assertThat(directory.resolve("data")).doesNotExist();
    }

    @Test
    void aCommandWithoutANodeSaysHowToStartOne() throws Exception {
        assertRefused(
                Cli.run("query", "--data-dir", directory.toString(), "SELECT 1"),
                "%s: no node has been started here; start one with './millrace server' or name its directory with --data-dir"
                        .formatted(directory));
    }

    private static Cli server(Path data, Map<String, String> environment, String... options) throws Exception {
        String[] arguments = Stream.of(
                        Stream.of("server", "--data-dir", data.toString()), Stream.of(ALONE), Stream.of(options))
                .flatMap(part -> part)
                .toArray(String[]::new);
        return Cli.run(environment, arguments);
    }

    private static void assertRefused(Cli run, String message) {
        assertThat(run.err().lines()).containsExactly("millrace: " + message);
        assertThat(run.exit()).isEqualTo(1);
    }

    @FunctionalInterface
    private interface Run {
        Cli run() throws Exception;
    }

    private static Cli unchanged(Path directory, Run run) throws Exception {
        Map<Path, String> before = contents(directory);
        Cli result = run.run();
        assertThat(contents(directory)).isEqualTo(before);
        return result;
    }

    private static Map<Path, String> contents(Path directory) throws IOException {
        Map<Path, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                contents.put(file, Files.isDirectory(file) ? "" : Files.readString(file));
            }
        }
        return contents;
    }
}
