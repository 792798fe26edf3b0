package io.millrace.server.node;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.ingest.log.LogStats;
import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.Route;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** {@code GET /metrics}: what the node counts, as Prometheus reads it. Thread-safe. */
final class Metrics {
    private static final int MAX_BODY_BYTES = 1024;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Supplier<LogStats> log;

    Metrics(Supplier<LogStats> log) {
        this.log = log;
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
    String text() {
        return registry.scrape();
    }

    /** @param blocking makes the page, which looks at the log's state */
    Route route(Executor blocking) {
        return new Route.Whole(
                MAX_BODY_BYTES,
                (exchange, body) -> blocking.execute(() -> exchange.answer(Answer.of(
                        200, "text/plain; version=0.0.4; charset=utf-8", text().getBytes(StandardCharsets.UTF_8)))),
                exchange -> Answer.empty(413, Map.of()));
    }
}
