package io.millrace.server.metrics;

import io.millrace.protocol.metrics.Histogram;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The figures of one page, by metric. Names follow Prometheus' conventions: base units at the end, {@code _total} for
 * counters and for nothing else. Confined to one thread.
 */
public final class Figures {
    private final Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();
    private final Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();
    private final Map<String, HistogramSnapshot.Builder> histograms = new LinkedHashMap<>();

    /**
     * Adds a figure that only grows.
     *
     * @param name ends with {@code _total}
     * @param labels names and values by turns
     */
    public void counter(String name, String help, double value, String... labels) {
        if (!name.endsWith("_total")) {
            throw new IllegalArgumentException("name: " + name + " (expected: one that ends with _total)");
        }
        String base = name.substring(0, name.length() - "_total".length());
        builder(counters, name, () -> CounterSnapshot.builder().name(base).help(help))
                .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .value(value)
                        .labels(Labels.of(labels))
                        .build());
    }

    /** Adds a figure that only grows; a double is exact up to 2^53. */
    public void counter(String name, String help, long value, String... labels) {
        counter(name, help, (double) value, labels);
    }

    /** Adds a figure that goes up and down; a double is exact up to 2^53. */
    public void gauge(String name, String help, long value, String... labels) {
        gauge(name, help, (double) value, labels);
    }

    /**
     * Adds a figure that goes up and down.
     *
     * @param labels names and values by turns
     */
    public void gauge(String name, String help, double value, String... labels) {
        builder(gauges, name, () -> GaugeSnapshot.builder().name(name).help(help))
                .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                        .value(value)
                        .labels(Labels.of(labels))
                        .build());
    }

    /**
     * Adds durations.
     *
     * @param name ends with {@code _seconds}
     * @param labels names and values by turns
     */
    public void histogram(String name, String help, Buckets durations, String... labels) {
        builder(histograms, name, () -> HistogramSnapshot.builder().name(name).help(help))
                .dataPoint(HistogramSnapshot.HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(durations.toClassic())
                        .sum(durations.sumSeconds())
                        .labels(Labels.of(labels))
                        .build());
    }

    private static <B> B builder(Map<String, B> builders, String name, Supplier<B> made) {
        return builders.computeIfAbsent(name, key -> made.get());
    }

    MetricSnapshots toSnapshots() {
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        counters.values().stream()
                .<MetricSnapshot>map(CounterSnapshot.Builder::build)
                .forEach(all::metricSnapshot);
        gauges.values().stream()
                .<MetricSnapshot>map(GaugeSnapshot.Builder::build)
                .forEach(all::metricSnapshot);
        histograms.values().stream()
                .<MetricSnapshot>map(HistogramSnapshot.Builder::build)
                .forEach(all::metricSnapshot);
        return all.build();
    }

    /** Durations by bucket, of one histogram or of several together. Confined to one thread. */
    public static final class Buckets {
        private static final double[] BOUNDS = Histogram.boundsSeconds();

        private final long[] counts = new long[BOUNDS.length + 1];
        private double sumSeconds;

        public static Buckets of(Histogram histogram) {
            Buckets buckets = new Buckets();
            buckets.add(histogram);
            return buckets;
        }

        void add(Histogram histogram) {
            long[] more = histogram.counts();
            for (int i = 0; i < counts.length; i++) {
                counts[i] += more[i];
            }
            sumSeconds += histogram.sumSeconds();
        }

        double sumSeconds() {
            return sumSeconds;
        }

        ClassicHistogramBuckets toClassic() {
            ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
            for (int i = 0; i < BOUNDS.length; i++) {
                buckets.bucket(BOUNDS[i], counts[i]);
            }
            return buckets.bucket(Double.POSITIVE_INFINITY, counts[BOUNDS.length])
                    .build();
        }
    }
}
