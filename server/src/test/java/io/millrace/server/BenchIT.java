package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Short measurements as a user runs them: the figures are there, nothing failed, and nothing is left behind. */
@Timeout(180)
class BenchIT {
    private static final String[] ALONE = {"--no-flink", "--no-s3", "--no-warehouse"};

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            put --against nats          | --against: nats (expected: kafka, kafka-flush, kinesalite, disk)
            put --format xml            | --format: xml (expected: json or cbor)
            put --endpoint ftp://x      | --endpoint: ftp://x (expected: http://HOST:PORT)
            put-one --connections 0     | --connections: 0 (expected: 1 to 4096)
            read --fill-mib 0           | --fill-mib: 0 (expected: at least 1)
            fan-out --rate 0            | --rate: 0 (expected: 1 to 1000000)
            idle --consumers 21         | --consumers: 21 (expected: 1 to 20)
            shards --active 20000       | --active: 20000 (expected: 1 to 10000)
            hostile --rounds 0          | --rounds: 0 (expected: 1 to 100)
            soak --minutes 3            | --minutes: PT3M (expected: at least four intervals of PT1M)
            """)
    void aWrongOptionIsNamedAndTheExitCodeIsTwo(String arguments, String message) throws Exception {
        Cli run = Cli.run(("bench " + arguments).split(" ", -1));

        assertThat(run.err().lines())
                .containsExactly("millrace: %s (millrace bench %s --help shows the options)"
                        .formatted(message, arguments.substring(0, arguments.indexOf(' '))));
        assertThat(run.exit()).isEqualTo(2);
    }

    @Test
    void putStartsANodeOfItsOwnMeasuresTheDiskTooAndLeavesNothing() throws Exception {
        JsonNode figures = bench(
                "put", "--data-dir", directory.resolve("data").toString(), "--against", "disk", "--no-full-page-cache");

        assertThat(figures.path("rows")).hasSize(4);
        JsonNode millrace = figures.path("rows").path(0);
        assertTook(millrace);
        assertThat(millrace.path("recordsPerSecond").asDouble())
                .isCloseTo(100 * millrace.path("requestsPerSecond").asDouble(), withinPercentage(1e-6));
        assertThat(millrace.path("serverCores").asDouble()).isPositive();
        assertThat(millrace.path("clientCores").asDouble()).isPositive();
        assertThat(figures.path("ratios")).hasSize(3);
        assertThat(directory.resolve("data/node")).doesNotExist();
        assertThat(directory.resolve("data/disk")).doesNotExist();
    }

    @Test
    void aNodeThatRunsIsMeasuredAndItsStreamsAreDeleted() throws Exception {
        try (NodeProcess node = NodeProcess.start(directory.resolve("node"), ALONE)) {
            String endpoint = node.awaitReady().connections().api();

            assertTook(bench("put-one", "--endpoint", endpoint, "--connections", "4")
                    .path("rows")
                    .path(0));
            for (String format : List.of("json", "cbor")) {
                JsonNode read = bench("read", "--endpoint", endpoint, "--fill-mib", "2", "--format", format);
                assertTook(read.path("rows").path(0));
                assertThat(read.path("recordsMissing").asLong(-1)).isZero();
                assertThat(read.path("atTimestamp").path("p50").asDouble()).isPositive();
            }
            JsonNode pushed = bench("fan-out", "--endpoint", endpoint, "--rate", "200", "--consumers", "2");
            assertTook(pushed.path("rows").path(0));
            assertThat(pushed.path("recordsMissing").asLong(-1)).isZero();

            Await.until("the streams are deleted", Duration.ofSeconds(10), () -> {
                try (var kinesis = node.aws().kinesis()) {
                    return kinesis.listStreams().streamNames().isEmpty();
                }
            });
        }
    }

    @Test
    void requestsAreSignedForANodeThatLooksAtSignatures() throws Exception {
        assertTook(bench("put-one", "--node-option=--auth=sigv4", "--connections", "4")
                .path("rows")
                .path(0));
    }

    @Test
    void idleSubscriptionsShowWhatTheyTakeAndNoThreads() throws Exception {
        JsonNode figures =
                bench("idle", "--shards", "60", "--consumers", "2"); // more than one connection has streams for

        JsonNode before = figures.path("before");
        JsonNode open = figures.path("with all of them open");
        assertThat(before.path("heapBytes").asLong()).isPositive();
        assertThat(open.path("threads").asLong() - before.path("threads").asLong())
                .isBetween(-10L, 10L);
    }

    @Test
    void aMeasurementThatIsEndedEndsItsNodeAndRemovesItsFiles() throws Exception {
        List<String> command = Cli.command();
        command.addAll(List.of("bench", "put", "--seconds", "100"));
        Path out = directory.resolve("out");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        List<ProcessHandle> children = new ArrayList<>();
        try {
            Await.until(
                    "it measures",
                    Duration.ofSeconds(90),
                    () -> Files.readString(out).contains("requests prepared"));
            process.children().forEach(children::add);
            assertThat(children).hasSize(1);

            process.destroy();

            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(children).noneMatch(ProcessHandle::isAlive);
            assertThat(files()).containsExactly("out");
        } finally {
            process.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }

    private JsonNode bench(String what, String... options) throws Exception {
        Path json = directory.resolve(what + ".json");
        List<String> arguments = new ArrayList<>(List.of("bench", what, "--seconds", "1", "--warmup", "1"));
        arguments.addAll(List.of("--json", json.toString()));
        arguments.addAll(List.of(options));
        Cli run = Cli.run(arguments.toArray(String[]::new));
        assertThat(run.exit()).as(run.out() + run.err()).isZero();
        return JsonMapper.shared().readTree(Files.readAllBytes(json));
    }

    private static void assertTook(JsonNode row) {
        assertThat(row.path("recordsPerSecond").asDouble()).isPositive();
        assertThat(row.path("mebibytesPerSecond").asDouble()).isPositive();
        JsonNode millis = row.path("millis");
        assertThat(millis.path("p50").asDouble()).isPositive();
        assertThat(millis.path("max").asDouble())
                .isGreaterThanOrEqualTo(millis.path("p99").asDouble());
        assertThat(row.path("errors")).isEmpty();
    }
}
