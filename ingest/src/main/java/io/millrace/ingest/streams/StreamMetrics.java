package io.millrace.ingest.streams;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of each stream since the node was started. Thread-safe. */
public final class StreamMetrics {
    private final Map<StreamKey, Map<Metric, LongAdder>> counters = new ConcurrentHashMap<>();

    public void add(StreamKey stream, Metric metric, long amount) {
        Map<Metric, LongAdder> known = counters.get(stream);
        if (known == null) {
            known = counters.computeIfAbsent(stream, key -> fresh());
        }
        Objects.requireNonNull(known.get(metric)).add(amount);
    }

    /** All metrics at once, so that the map is only read afterwards. */
    private static Map<Metric, LongAdder> fresh() {
        Map<Metric, LongAdder> fresh = new EnumMap<>(Metric.class);
        for (Metric metric : Metric.values()) {
            fresh.put(metric, new LongAdder());
        }
        return fresh;
    }

    /** Returns the streams of which something was counted. */
    public Set<StreamKey> streams() {
        return Set.copyOf(counters.keySet());
    }

    public long of(StreamKey stream, Metric metric) {
        Map<Metric, LongAdder> known = counters.get(stream);
        return known == null ? 0 : Objects.requireNonNull(known.get(metric)).sum();
    }

    /** Forgets what was counted of a stream. */
    void forget(StreamKey stream) {
        counters.remove(stream);
    }
}
