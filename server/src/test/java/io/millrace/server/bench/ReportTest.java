package io.millrace.server.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.server.bench.client.Tally;
import io.millrace.server.bench.client.WireFormat;
import io.millrace.server.bench.host.NodeSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Figures as they are shown, and settings that are refused. */
class ReportTest {
    @TempDir
    Path directory;

    @Test
    void figuresAndRatiosArePutSideBySide() {
        Report report = new Report("A comparison");
        report.add(row("Millrace", 60_000, 58.6, Map.of()));
        report.add(row("Kafka", 40_000, 39.06, Map.of("500 InternalFailure", 3L)));
        report.compareWithFirst();
        report.add("restartSeconds", 4.2, "restarted in 4.20 s");

        assertThat(printed(report)).isEqualTo("""

                A comparison
                            records/s  MiB/s  requests/s  p50 ms  p99 ms  p99.9 ms  max ms  CPU client  CPU server  seconds
                  Millrace     60,000   58.6         600    2.00   20.00       100   1,234        0.25           -     10.0
                  Kafka        40,000   39.1         600    2.00   20.00       100   1,234        0.25           -     10.0

                  Millrace against  records/s  MiB/s    p50    p99  p99.9
                  Kafka                 1.50x  1.50x  1.00x  1.00x  1.00x

                  restarted in 4.20 s
                  ERRORS of Kafka: 3 500 InternalFailure
                """);
        assertThat(report.hasErrors()).isTrue();
    }

    @Test
    void whatIsNotKnownIsADash() {
        Tally writes = new Tally();
        writes.addLatency(1_500_000);
        writes.over(1_000_000_000);
        Report report = new Report("Disk");
        report.add(row("Millrace", 1000, 1, Map.of()));
        report.add(Row.ofDisk("disk", writes, 1 << 20));
        report.compareWithFirst();

        assertThat(printed(report).lines())
                .contains(
                        "  disk              -    1.0         1.0    1.50    1.50      1.50    1.50           -           -      1.0",
                        "  disk                      -  1.00x  1.33x  13.33x  66.66x");
        assertThat(report.hasErrors()).isFalse();
    }

    @Test
    void theHistogramGivesMillisecondsAndRates() {
        Tally tally = new Tally();
        for (int i = 1; i <= 1000; i++) {
            tally.addLatency(i * 1_000_000L);
        }
        tally.over(4_000_000_000L);

        assertThat(tally.millisAt(50)).isCloseTo(500, within(1.0));
        assertThat(tally.millisAt(99)).isCloseTo(990, within(1.0));
        assertThat(tally.millisAt(99.9)).isCloseTo(999, within(1.0));
        assertThat(tally.maxMillis()).isCloseTo(1000, within(1.0));
        assertThat(tally.perSecond(tally.latencyCount())).isEqualTo(250);
        assertThat(new Tally().millisAt(99)).isZero();
        assertThat(new Tally().perSecond(7)).isZero();
    }

    @Test
    void theRoundInTheMiddleCounts() {
        Row least = row("Millrace", 10, 1, Map.of());
        Row middle = row("Millrace", 20, 2, Map.of());
        Row most = row("Millrace", 30, 3, Map.of());

        assertThat(PutBench.median(List.of(most, least, middle))).isSameAs(middle);
    }

    @Test
    void everythingIsInTheJson() throws IOException {
        Path file = directory.resolve("figures.json");
        Report report = new Report("A comparison");
        report.add(row("Millrace", 60_000, 58.6, Map.of()));
        report.add(row("Kafka", 40_000, 39.06, Map.of("500 InternalFailure", 3L)));
        report.compareWithFirst();

        report.write(file);

        JsonNode all = JsonMapper.shared().readTree(Files.readAllBytes(file));
        assertThat(all.path("rows").path(1).path("side").asString()).isEqualTo("Kafka");
        assertThat(all.path("rows").path(0).path("millis").path("p999").asDouble())
                .isEqualTo(100);
        assertThat(all.path("rows")
                        .path(1)
                        .path("errors")
                        .path("500 InternalFailure")
                        .asInt())
                .isEqualTo(3);
        assertThat(all.path("ratios").path(0).path("mebibytesPerSecond").asDouble())
                .isCloseTo(1.5, within(0.01));
    }

    @Test
    void everyWrongSettingIsNamed() {
        assertThatThrownBy(() -> load(0, 0, 501, 0))
                .hasMessage("--connections: 0 (expected: 1 to 4096); --shards: 0 (expected: 1 to 100000);"
                        + " --records: 501 (expected: 1 to 500); --seconds: 0 (expected: 1 to 86400)");
        assertThatThrownBy(() ->
                        new LoadSettings(WireFormat.JSON, 1, 1, 500, 1 << 20, Duration.ZERO, Duration.ofSeconds(1)))
                .hasMessage("--records times --record-bytes: 524288000 (expected: at most 9437184)");
        assertThatThrownBy(() -> new PutSettings(load(8, 8, 100, 10), 0, List.of("disk", "nats"), 1))
                .hasMessage("--in-flight: 0 (expected: 1 to 64);"
                        + " --against: nats (expected: kafka, kafka-flush, kinesalite, disk)");
        assertThatThrownBy(() -> new FanOutSettings(load(8, 8, 10, 300), 0, 21))
                .hasMessage(
                        "--rate: 0 (expected: 1 to 1000000); --consumers: 21 (expected: 1 to 20); --warmup and --seconds: 305"
                                + " (expected: at most 240, since a subscription lives five minutes)");
        assertThatThrownBy(() -> new ShardsBench.Settings(load(8, 10, 100, 10), 11, 0))
                .hasMessage("--active: 11 (expected: 1 to 10); --rounds: 0 (expected: 1 to 100)");
        assertThatThrownBy(() -> new SoakBench.Settings(load(8, 8, 100, 120), 101, Duration.ofMinutes(1)))
                .hasMessage("--percent: 101 (expected: 1 to 100);"
                        + " --minutes: PT2M (expected: at least four intervals of PT1M)");
        assertThatThrownBy(() -> WireFormat.named("xml")).hasMessage("--format: xml (expected: json or cbor)");
    }

    @Test
    void anEndpointIsAnHttpUrlAndGoesWithoutOptionsOfAChild() {
        assertThatThrownBy(() -> new NodeSettings(URI.create("localhost:4567"), List.of(), List.of(), null))
                .hasMessage("--endpoint: localhost:4567 (expected: http://HOST:PORT)");
        assertThatThrownBy(() ->
                        new NodeSettings(URI.create("http://127.0.0.1:4567"), List.of("--no-s3"), List.of(), null))
                .hasMessage(
                        "--endpoint: goes without --node-option, --node-jvm and --jfr, which are for a node started here");
    }

    private static LoadSettings load(int connections, int shards, int records, int seconds) {
        return new LoadSettings(
                WireFormat.JSON,
                connections,
                shards,
                records,
                1024,
                Duration.ofSeconds(5),
                Duration.ofSeconds(seconds));
    }

    private static Row row(String side, double records, double mebibytes, Map<String, Long> errors) {
        return new Row(
                side,
                records,
                mebibytes,
                600.0,
                new Row.Percentiles(2, 20, 100, 1234),
                0.25,
                null,
                10,
                new TreeMap<>(errors));
    }

    private static String printed(Report report) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        report.print(new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }
}
