package io.millrace.protocol.endpoint;

import io.millrace.protocol.metrics.Histogram;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts answers by service, operation and status, and how long they took.
 *
 * <p>Only operations that are registered are named, so the number of series is bounded by the API and not by its
 * callers. Thread-safe; counting takes no lock once an operation is known.
 */
final class AnswerCounts {
    /** Stands for requests that mean no known operation. */
    static final String NONE = "none";

    private final Map<String, Map<String, OfOperation>> services = new ConcurrentHashMap<>();

    /** The answers of one operation. */
    private static final class OfOperation {
        private final Histogram latency = new Histogram();
        private final Map<Integer, LongAdder> byStatus = new ConcurrentHashMap<>();

        void count(int status, long nanos) {
            LongAdder known = byStatus.get(status);
            (known != null ? known : byStatus.computeIfAbsent(status, key -> new LongAdder())).increment();
            latency.record(nanos);
        }
    }

    void count(String service, String operation, int status, long nanos) {
        Map<String, OfOperation> operations = services.get(service);
        if (operations == null) {
            operations = services.computeIfAbsent(service, key -> new ConcurrentHashMap<>());
        }
        OfOperation known = operations.get(operation);
        (known != null ? known : operations.computeIfAbsent(operation, key -> new OfOperation())).count(status, nanos);
    }

    List<EndpointMetrics.OfOperation> all() {
        List<EndpointMetrics.OfOperation> all = new ArrayList<>();
        services.forEach((service, operations) -> operations.forEach((operation, counted) -> {
            Map<Integer, Long> byStatus = new TreeMap<>();
            counted.byStatus.forEach((status, count) -> byStatus.put(status, count.sum()));
            all.add(new EndpointMetrics.OfOperation(service, operation, byStatus, counted.latency));
        }));
        return all;
    }
}
