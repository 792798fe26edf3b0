package io.millrace.ingest.streams;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of each stream since the node was started. Thread-safe. */
public final class StreamMetrics {
    private final Map<StreamKey, LongAdder[]> counters = new ConcurrentHashMap<>();

    public void add(StreamKey stream, Metric metric, long amount) {
        LongAdder[] known = counters.get(stream);
        (known != null ? known : counters.computeIfAbsent(stream, key -> fresh()))[metric.ordinal()].add(amount);
    }

    private static LongAdder[] fresh() {
        LongAdder[] fresh = new LongAdder[Metric.values().length];
        for (int i = 0; i < fresh.length; i++) {
            fresh[i] = new LongAdder();
        }
        return fresh;
    }

    /** Returns the streams of which something was counted. */
    public Set<StreamKey> streams() {
        return Set.copyOf(counters.keySet());
    }

    public long of(StreamKey stream, Metric metric) {
        LongAdder[] known = counters.get(stream);
        return known == null ? 0 : known[metric.ordinal()].sum();
    }

    /** Forgets what was counted of a stream. */
    void forget(StreamKey stream) {
        counters.remove(stream);
    }
}
