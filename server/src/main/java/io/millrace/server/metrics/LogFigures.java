package io.millrace.server.metrics;

import io.millrace.ingest.log.LogStats;
import java.util.function.Supplier;

/** Figures of the shard log. Thread-safe. */
public final class LogFigures implements FigureSource {
    private final Supplier<LogStats> log;

    public LogFigures(Supplier<LogStats> log) {
        this.log = log;
    }

    @Override
    public void addTo(Figures figures) {
        LogStats stats = log.get();
        figures.counter("millrace_log_appended_records_total", "Records acknowledged.", stats.appendedRecords());
        figures.counter("millrace_log_appended_bytes_total", "Bytes of batches acknowledged.", stats.appendedBytes());
        figures.counter(
                "millrace_log_refused_appends_total",
                "Appends refused for want of memory, disk or a working log.",
                stats.refusedAppends());
        figures.counter("millrace_log_syncs_total", "Syncs of the write-ahead log.", stats.syncs());
        figures.counter(
                "millrace_log_sync_seconds_total", "Time spent in syncs of the write-ahead log.", stats.syncSeconds());
        figures.counter("millrace_log_checkpoints_total", "Checkpoints taken.", stats.checkpoints());
        figures.counter(
                "millrace_log_checkpoint_seconds_total", "Time spent in checkpoints.", stats.checkpointSeconds());
        figures.gauge(
                "millrace_log_slowest_sync_seconds", "The slowest sync since the start.", stats.slowestSyncSeconds());
        figures.gauge(
                "millrace_log_memory_bytes",
                "Held by appends under way and by records that are in no file yet.",
                stats.memoryBytes());
        figures.gauge("millrace_log_memory_limit_bytes", "From here on appends are refused.", stats.memoryLimitBytes());
        figures.gauge("millrace_log_wal_bytes", "The write-ahead log on disk, spare files included.", stats.walBytes());
        figures.gauge("millrace_log_shards", "Shards in the log.", stats.shards());
        figures.gauge(
                "millrace_log_damages",
                "Damages found in the files.",
                stats.damages().size());
        figures.gauge(
                "millrace_log_failed",
                "1 while nothing can be appended.",
                stats.failure().isEmpty() ? 0 : 1);
        figures.gauge("millrace_log_durability", "The durability mode, as a label.", 1, "mode", stats.durability());
    }
}
