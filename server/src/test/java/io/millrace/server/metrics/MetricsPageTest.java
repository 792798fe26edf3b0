package io.millrace.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.memory.MemoryPlan;
import io.millrace.ingest.Ingest;
import io.millrace.ingest.log.Damage;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.LogStats;
import io.millrace.ingest.streams.Metric;
import io.millrace.ingest.streams.ReaderLags;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.StreamMetrics;
import io.millrace.protocol.api.ApiRouter;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.endpoint.Endpoint;
import io.millrace.protocol.metrics.Histogram;
import io.millrace.server.health.Health;
import io.millrace.server.health.Part;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

@Timeout(60)
class MetricsPageTest {
    private static final String SHARD = "shardId-000000000000";
    private static final Map<String, String> ORDERS = Map.of("stream", "orders");

    @TempDir
    Path directory;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T00:00:00Z"));

    private void pass(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    private static LogStats stats(long records, String failure, List<Damage> damages) {
        return new LogStats("interval=50", records, 10, 1, 2, 0.5, 0.25, 3, 0.125, 32, 64, 4096, 8, failure, damages);
    }

    private static KinesisClient client(Endpoint endpoint) {
        return KinesisClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + endpoint.port()))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClient(UrlConnectionHttpClient.create())
                .build();
    }

    private static void put(KinesisClient client, int records) {
        for (int i = 0; i < records; i++) {
            client.putRecord(r -> r.streamName("orders").partitionKey("k").data(SdkBytes.fromUtf8String("0123456789")));
        }
    }

    @Test
    void howFarAConsumerIsBehindAndTheSlowestPutsCanBeAsked() throws Exception {
        Supplier<SslContext> noTls = () -> {
            throw new IllegalStateException("no TLS here");
        };
        InstantSource clock = now::get;
        try (Ingest ingest = Ingest.open(directory, Durability.parse("os"), Duration.ZERO, clock);
                Endpoint endpoint = Endpoint.start(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        noTls,
                        new ApiRouter().add(ingest.service()));
                MetricsPage page = new MetricsPage()
                        .add(new StreamFigures(
                                ingest.streams().metrics(), ingest.streams().lags()))
                        .add(new EndpointFigures(endpoint.metrics()));
                KinesisClient client = client(endpoint)) {
            client.createStream(r -> r.streamName("orders").shardCount(1));
            while (client.describeStreamSummary(r -> r.streamName("orders"))
                            .streamDescriptionSummary()
                            .streamStatus()
                    != StreamStatus.ACTIVE) {
                TimeUnit.MILLISECONDS.sleep(5);
            }
            put(client, 10);
            pass(Duration.ofSeconds(60));
            GetRecordsResponse half = read(client, iterator(client), 5);
            assertThat(lag(page)).isEqualTo(60);

            pass(Duration.ofSeconds(30));
            assertThat(lag(page)).as("of one that has stopped").isEqualTo(90);
            read(client, half.nextShardIterator(), 100);
            assertThat(lag(page)).isZero();
            pass(Duration.ofSeconds(100));
            assertThat(lag(page)).as("while nothing new has come").isZero();

            Exposition shown = Exposition.read(page.text());
            assertThat(shown.problems()).isEmpty();
            assertThat(shown.sum("kinesis_incoming_records_total", ORDERS)).isEqualTo(10);
            assertThat(shown.sum("kinesis_put_latency_seconds_count", ORDERS)).isEqualTo(10);
            assertThat(shown.quantile(0.99, "kinesis_put_latency_seconds", ORDERS))
                    .isPositive();
            assertThat(shown.sum(
                            "millrace_http_requests_total",
                            Map.of("service", "kinesis", "operation", "PutRecord", "status", "200")))
                    .isEqualTo(10);
            assertThat(shown.sum("millrace_http_request_duration_seconds_count", Map.of("operation", "GetRecords")))
                    .isEqualTo(2);
            assertThat(shown.sum("millrace_http_connections", Map.of())).isPositive();
        }
    }

    private static String iterator(KinesisClient client) {
        return client.getShardIterator(
                        r -> r.streamName("orders").shardId(SHARD).shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
    }

    private static GetRecordsResponse read(KinesisClient client, String iterator, int most) {
        return client.getRecords(r -> r.shardIterator(iterator).limit(most));
    }

    private static double lag(MetricsPage page) {
        return Exposition.read(page.text())
                .sum("kinesis_get_records_iterator_age_seconds", Map.of("stream", "orders", "shard", SHARD));
    }

    @Test
    void theQuantilesOfKnownPutsAreInTheirBuckets() {
        StreamMetrics streams = new StreamMetrics();
        Histogram puts = streams.of(new StreamKey(Namespace.DEFAULT, "orders")).putLatency();
        for (int i = 0; i < 98; i++) {
            puts.record(TimeUnit.MILLISECONDS.toNanos(3));
        }
        puts.record(TimeUnit.MILLISECONDS.toNanos(80));
        puts.record(TimeUnit.MILLISECONDS.toNanos(80));
        try (MetricsPage page = new MetricsPage().add(new StreamFigures(streams, ReaderLags.none()))) {
            Exposition shown = Exposition.read(page.text());
            assertThat(shown.quantile(0.5, "kinesis_put_latency_seconds", ORDERS))
                    .isBetween(0.0025, 0.005);
            assertThat(shown.quantile(0.99, "kinesis_put_latency_seconds", ORDERS))
                    .isBetween(0.05, 0.1);
            assertThat(shown.sum("kinesis_put_latency_seconds_sum", ORDERS)).isEqualTo(0.454);
        }
    }

    @Test
    void everyFigureIsShownAsPrometheusWantsIt() {
        Health health = new Health(System::nanoTime, InstantSource.system());
        health.watch("flink", Duration.ofMillis(1), () -> Part.ok(Map.of("restarts", 2)));
        while (!health.seen().isReady()) {
            Thread.onSpinWait();
        }
        JobFigures.Job job = new JobFigures.Job("routes \"one\"", "RUNNING", 3, 1_500, 77, 1);
        StreamMetrics streams = new StreamMetrics();
        streams.add(new StreamKey(Namespace.DEFAULT, "orders"), Metric.INCOMING_RECORDS, 5);
        try (MetricsPage page = new MetricsPage()
                .add(new LogFigures(() -> stats(5, "full", List.of())))
                .add(new StreamFigures(streams, ReaderLags.none()))
                .add(new HealthFigures(health))
                .add(new DiskFigures(() -> new DiskFigures.Room(10, 100)))
                .add(new MemoryFigures(new MemoryPlan(100)))
                .add(new JobFigures(() -> List.of(job)))) {
            Exposition shown = Exposition.read(page.text());
            assertThat(shown.problems()).isEmpty();
            assertThat(shown.sum("millrace_log_appended_records_total", Map.of()))
                    .isEqualTo(5);
            assertThat(shown.sum("millrace_log_failed", Map.of())).isEqualTo(1);
            assertThat(shown.sum("millrace_log_durability", Map.of("mode", "interval=50")))
                    .isEqualTo(1);
            assertThat(shown.sum("millrace_part_up", Map.of("part", "flink"))).isEqualTo(1);
            assertThat(shown.sum("millrace_part_restarts_total", Map.of("part", "flink")))
                    .isEqualTo(2);
            assertThat(shown.sum("millrace_disk_free_bytes", Map.of())).isEqualTo(10);
            assertThat(shown.sum("millrace_memory_plan_bytes", Map.of())).isEqualTo(80);
            assertThat(shown.sum("millrace_job_restarts_total", Map.of())).isEqualTo(3);
            assertThat(shown.sum("millrace_job_last_checkpoint_timestamp_seconds", Map.of()))
                    .isEqualTo(1.5);
            assertThat(shown.sum("jvm_memory_used_bytes", Map.of("area", "heap")))
                    .isPositive();
            assertThat(shown.sum("jvm_threads_live_threads", Map.of())).isPositive();
        } finally {
            health.close();
        }
    }

    @Test
    void howFarBehindADeliveryIsGrowsWhileNobodyLooksAndItsDestinationsAreCountedApart() {
        long arrived = now.get().toEpochMilli();
        DeliveryFigures.Side objects = new DeliveryFigures.Side(null, 10, 1_000, 3, 1);
        DeliveryFigures.Side warehouse = new DeliveryFigures.Side(arrived, 4, 400, 5, 4);
        DeliveryFigures.Delivery seen =
                new DeliveryFigures.Delivery("flights", "000000000000", "us-east-1", arrived, 2, objects, warehouse);
        try (MetricsPage page = new MetricsPage().add(new DeliveryFigures(() -> List.of(seen), now::get))) {
            pass(Duration.ofMillis(90_500));
            Exposition shown = Exposition.read(page.text());
            Map<String, String> s3 = Map.of("delivery", "flights", "destination", "s3");
            Map<String, String> table = Map.of("delivery", "flights", "destination", "warehouse");
            assertThat(shown.problems()).isEmpty();
            assertThat(shown.sum("millrace_delivery_freshness_seconds", table)).isEqualTo(90.5);
            assertThat(shown.sum("millrace_delivery_freshness_seconds", s3)).isZero();
            assertThat(shown.sum("millrace_delivery_records_total", s3)).isEqualTo(10);
            assertThat(shown.sum("millrace_delivery_bytes_total", table)).isEqualTo(400);
            assertThat(shown.sum("millrace_delivery_attempts_total", table)).isEqualTo(5);
            assertThat(shown.sum("millrace_delivery_failures_total", table)).isEqualTo(4);
            assertThat(shown.sum("millrace_delivery_waiting_copies", Map.of())).isEqualTo(2);
            assertThat(shown.sum("millrace_delivery_last_read_timestamp_seconds", Map.of()))
                    .isEqualTo(arrived / 1000.0);
        }
    }

    @Test
    void thousandsOfStreamsMakeABoundedPageThatMissesNothing() {
        StreamMetrics streams = new StreamMetrics();
        int count = 3 * StreamFigures.MOST_STREAMS;
        for (int i = 0; i < count; i++) {
            streams.add(new StreamKey(Namespace.DEFAULT, "stream-" + i), Metric.INCOMING_RECORDS, 1);
        }
        StreamFigures figures = new StreamFigures(streams, ReaderLags.none());
        try (MetricsPage page = new MetricsPage().add(figures)) {
            Exposition shown = Exposition.read(page.text());
            assertThat(shown.problems()).isEmpty();
            assertThat(shown.sum("kinesis_incoming_records_total", Map.of())).isEqualTo(count);
            assertThat(shown.sum("kinesis_incoming_records_total", Map.of("stream", StreamFigures.OTHERS)))
                    .isEqualTo(count - StreamFigures.MOST_STREAMS);
            assertThat(shown.sum("kinesis_streams_without_series", Map.of()))
                    .isEqualTo(count - StreamFigures.MOST_STREAMS);
        }
    }

    @Test
    void aCounterHasToBeCalledOne() {
        assertThatThrownBy(() -> new Figures().counter("kinesis_age_milliseconds", "Wrong.", 1))
                .hasMessage("name: kinesis_age_milliseconds (expected: one that ends with _total)");
    }

    @Test
    void theCheckFindsWhatIsWrong() {
        assertThat(Exposition.read("# HELP a_ms A.\n# TYPE a_ms gauge\na_ms 1\na_ms 2\nb 1\n")
                        .problems())
                .containsExactlyInAnyOrder(
                        "a series twice: a_ms{}", "no TYPE: b", "no HELP: b", "not in base units: a_ms");
        assertThat(Exposition.read("# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n")
                        .problems())
                .containsExactly("a gauge called a_total");
    }
}
