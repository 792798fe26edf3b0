package io.millrace.server.metrics;

import io.millrace.ingest.streams.Metric;
import io.millrace.ingest.streams.ReaderLags;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.StreamMetrics;
import io.millrace.protocol.arn.Namespace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Figures of data streams and of their readers.
 *
 * <p>The first {@link #MOST_STREAMS} streams have series of their own, which they keep; all others are counted together
 * under the name {@link #OTHERS}, which no stream can have. Used by one thread at a time.
 */
public final class StreamFigures implements FigureSource {
    static final int MOST_STREAMS = 200;
    static final String OTHERS = "(others)";

    private static final double MILLIS_PER_SECOND = 1000;
    private static final StreamKey ALL_OTHERS = new StreamKey(new Namespace("", ""), OTHERS);

    private final StreamMetrics streams;
    private final ReaderLags lags;
    private final Set<StreamKey> shown = new LinkedHashSet<>();

    public StreamFigures(StreamMetrics streams, ReaderLags lags) {
        this.streams = streams;
        this.lags = lags;
    }

    @Override
    public void addTo(Figures figures) {
        Set<StreamKey> counted = streams.streams();
        shown.retainAll(counted);
        counted.stream().filter(key -> shown.size() < MOST_STREAMS).forEach(shown::add);
        Map<StreamKey, List<StreamKey>> series = new LinkedHashMap<>();
        for (StreamKey key : counted) {
            series.computeIfAbsent(shown.contains(key) ? key : ALL_OTHERS, name -> new ArrayList<>())
                    .add(key);
        }
        series.forEach((name, keys) -> addStream(figures, labels(name), keys));
        figures.gauge(
                "kinesis_streams_without_series",
                "Streams that are counted together as " + OTHERS + ".",
                counted.size() - shown.size());
        addReaders(figures);
    }

    private static String[] labels(StreamKey key) {
        return new String[] {
            "stream",
            key.name(),
            "account",
            key.namespace().account(),
            "region",
            key.namespace().region()
        };
    }

    private void addStream(Figures figures, String[] labels, List<StreamKey> keys) {
        for (Metric metric : Metric.values()) {
            if (metric.isCount()) {
                String name = "kinesis_" + metric.name().toLowerCase(Locale.ROOT);
                figures.counter(
                        name.endsWith("_total") ? name : name + "_total",
                        "CloudWatch's " + metric.cloudWatchName() + ".",
                        keys.stream().mapToLong(key -> streams.of(key, metric)).sum(),
                        labels);
            }
        }
        Figures.Buckets puts = new Figures.Buckets();
        Figures.Buckets gets = new Figures.Buckets();
        for (StreamKey key : keys) {
            puts.add(streams.of(key).putLatency());
            gets.add(streams.of(key).getLatency());
        }
        figures.histogram(
                "kinesis_put_latency_seconds",
                "From a decoded PutRecord or PutRecords to its records being acknowledged.",
                puts,
                labels);
        figures.histogram(
                "kinesis_get_records_latency_seconds", "The time that the reading of a GetRecords took.", gets, labels);
    }

    private void addReaders(Figures figures) {
        for (ReaderLags.Lag lag : lags.lags()) {
            List<String> labels = new ArrayList<>(List.of(labels(lag.stream())));
            labels.addAll(List.of("shard", lag.shardId()));
            String name = "kinesis_get_records";
            String reader = "the last GetRecords on a shard";
            if (!lag.consumer().isEmpty()) {
                labels.addAll(List.of("consumer", lag.consumer()));
                name = "kinesis_subscribe_to_shard";
                reader = "a consumer with enhanced fan-out";
            }
            String[] array = labels.toArray(String[]::new);
            figures.gauge(
                    name + "_iterator_age_seconds",
                    "How far " + reader + " is behind: the age of the oldest record that it has not read.",
                    lag.millis() / MILLIS_PER_SECOND,
                    array);
            figures.gauge(
                    name + "_last_call_timestamp_seconds",
                    "When " + reader + " was last given something, in seconds since 1970.",
                    lag.calledMillis() / MILLIS_PER_SECOND,
                    array);
        }
    }
}
