package io.millrace.ingest.streams;

import io.millrace.protocol.metrics.Histogram;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of each stream since the node was started. Thread-safe. */
public final class StreamMetrics {
    private final Map<StreamKey, Counters> counters = new ConcurrentHashMap<>();

    /** What is counted of one stream. Thread-safe. */
    public static final class Counters {
        private final Map<Metric, LongAdder> byMetric = new EnumMap<>(Metric.class); // only read once it is made

        private final Histogram putLatency = new Histogram();
        private final Histogram getLatency = new Histogram();

        private Counters() {
            for (Metric metric : Metric.values()) {
                byMetric.put(metric, new LongAdder());
            }
        }

        public void add(Metric metric, long amount) {
            Objects.requireNonNull(byMetric.get(metric)).add(amount);
        }

        /** Returns how long PutRecord and PutRecords took. */
        public Histogram putLatency() {
            return putLatency;
        }

        /** Returns how long GetRecords took. */
        public Histogram getLatency() {
            return getLatency;
        }

        private long of(Metric metric) {
            return Objects.requireNonNull(byMetric.get(metric)).sum();
        }
    }

    /** Returns the counters of a stream, for many to be counted together. */
    public Counters of(StreamKey stream) {
        Counters known = counters.get(stream);
        return known != null ? known : counters.computeIfAbsent(stream, key -> new Counters());
    }

    public void add(StreamKey stream, Metric metric, long amount) {
        of(stream).add(metric, amount);
    }

    /** Returns the streams of which something was counted. */
    public Set<StreamKey> streams() {
        return Set.copyOf(counters.keySet());
    }

    public long of(StreamKey stream, Metric metric) {
        Counters known = counters.get(stream);
        return known == null ? 0 : known.of(metric);
    }

    /** Forgets what was counted of a stream. */
    void forget(StreamKey stream) {
        counters.remove(stream);
    }
}
