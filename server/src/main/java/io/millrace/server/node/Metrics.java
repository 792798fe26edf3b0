package io.millrace.server.node;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.ingest.log.LogStats;
import io.millrace.ingest.streams.Metric;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.StreamMetrics;
import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.Route;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** {@code GET /metrics}: what the node counts, as Prometheus reads it. Thread-safe. */
final class Metrics {
    private static final int MAX_BODY_BYTES = 1024;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Supplier<LogStats> log;
    private final StreamMetrics streams;
    private final Map<StreamKey, List<Meter>> shown = new HashMap<>();

    Metrics(Supplier<LogStats> log, StreamMetrics streams) {
        this.log = log;
        this.streams = streams;
        counter("appended.records", "Records acknowledged", LogStats::appendedRecords);
        counter("appended.bytes", "Bytes of batches acknowledged", LogStats::appendedBytes);
        counter(
                "refused.appends",
                "Appends refused for want of memory, disk or a working log",
                LogStats::refusedAppends);
        counter("syncs", "Syncs of the write-ahead log", LogStats::syncs);
        counter("sync.seconds", "Time spent in syncs of the write-ahead log", LogStats::syncSeconds);
        counter("checkpoints", "Checkpoints taken", LogStats::checkpoints);
        counter("checkpoint.seconds", "Time spent in checkpoints", LogStats::checkpointSeconds);
        gauge("slowest.sync.seconds", "The slowest sync since the start", LogStats::slowestSyncSeconds);
        gauge("memory.bytes", "Held by appends under way and records in no file yet", LogStats::memoryBytes);
        gauge("memory.limit.bytes", "From here on appends are refused", LogStats::memoryLimitBytes);
        gauge("wal.bytes", "The write-ahead log on disk, spare files included", LogStats::walBytes);
        gauge("shards", "Shards in the log", LogStats::shards);
        gauge("damages", "Damages found in the files", stats -> stats.damages().size());
        gauge(
                "failed",
                "1 when nothing can be appended",
                stats -> stats.failure().isEmpty() ? 0 : 1);
        Gauge.builder("millrace.log.durability", () -> 1)
                .description("The durability mode, as a label")
                .tag("mode", log.get().durability())
                .register(registry);
    }

    private void counter(String name, String description, ToDoubleFunction<LogStats> value) {
        FunctionCounter.builder("millrace.log." + name, log, stats -> value.applyAsDouble(stats.get()))
                .description(description)
                .register(registry);
    }

    private void gauge(String name, String description, ToDoubleFunction<LogStats> value) {
        Gauge.builder("millrace.log." + name, log, stats -> value.applyAsDouble(stats.get()))
                .description(description)
                .register(registry);
    }

    /** Returns the page in Prometheus' text format. */
    synchronized String text() {
        Set<StreamKey> counted = streams.streams();
        counted.forEach(stream -> shown.computeIfAbsent(stream, this::metersOf));
        shown.entrySet().removeIf(entry -> {
            boolean gone = !counted.contains(entry.getKey());
            if (gone) {
                entry.getValue().forEach(registry::remove);
            }
            return gone;
        });
        return registry.scrape();
    }

    private List<Meter> metersOf(StreamKey stream) {
        List<Meter> meters = new ArrayList<>();
        for (Metric metric : Metric.values()) {
            meters.add(FunctionCounter.builder(
                            "kinesis." + metric.name().toLowerCase(Locale.ROOT).replace('_', '.'),
                            streams,
                            all -> all.of(stream, metric))
                    .description("CloudWatch's " + metric.cloudWatchName())
                    .tag("stream", stream.name())
                    .tag("account", stream.namespace().account())
                    .tag("region", stream.namespace().region())
                    .register(registry));
        }
        return meters;
    }

    /** @param blocking makes the page, which looks at the log's state */
    Route route(Executor blocking) {
        return Page.route(
                MAX_BODY_BYTES,
                blocking,
                (exchange, body) -> Answer.of(
                        200, "text/plain; version=0.0.4; charset=utf-8", text().getBytes(StandardCharsets.UTF_8)));
    }
}
