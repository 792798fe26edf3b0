package io.millrace.protocol.endpoint;

import io.millrace.protocol.metrics.Histogram;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** What an endpoint counts. Thread-safe. */
public final class EndpointMetrics {
    private final RequestsUnderWay requests;
    private final IntSupplier connections;
    private final LongSupplier bodyBytes;

    EndpointMetrics(RequestsUnderWay requests, IntSupplier connections, LongSupplier bodyBytes) {
        this.requests = requests;
        this.connections = connections;
        this.bodyBytes = bodyBytes;
    }

    /**
     * What was counted of one operation.
     *
     * @param service its name in signatures; {@code node} for pages, {@code none} for what is unknown
     * @param byStatus the number of answers by HTTP status
     * @param latency from a whole request to its answer, without the time that the client takes to send and to read
     */
    public record OfOperation(String service, String operation, Map<Integer, Long> byStatus, Histogram latency) {}

    /** Returns what was counted of every operation that was called. */
    public List<OfOperation> operations() {
        return requests.answers().all();
    }

    /** Returns how many connections are open. */
    public int connections() {
        return connections.getAsInt();
    }

    /** Returns how many requests have been handed over and are not answered yet. */
    public long requestsUnderWay() {
        return requests.count();
    }

    /** Returns the memory that is set aside for large request bodies. */
    public long bodyBytes() {
        return bodyBytes.getAsLong();
    }
}
