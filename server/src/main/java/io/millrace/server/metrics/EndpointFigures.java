package io.millrace.server.metrics;

import io.millrace.protocol.endpoint.EndpointMetrics;
import io.netty.util.internal.PlatformDependent;

/** Figures of the endpoint. Thread-safe. */
public final class EndpointFigures implements FigureSource {
    private final EndpointMetrics endpoint;

    public EndpointFigures(EndpointMetrics endpoint) {
        this.endpoint = endpoint;
    }

    @Override
    public void addTo(Figures figures) {
        for (EndpointMetrics.OfOperation counted : endpoint.operations()) {
            counted.byStatus()
                    .forEach((status, count) -> figures.counter(
                            "millrace_http_requests_total",
                            "Requests answered.",
                            count,
                            "service",
                            counted.service(),
                            "operation",
                            counted.operation(),
                            "status",
                            Integer.toString(status)));
            figures.histogram(
                    "millrace_http_request_duration_seconds",
                    "From a whole request to its answer, without the time that the client takes to send and to read.",
                    Figures.Buckets.of(counted.latency()),
                    "service",
                    counted.service(),
                    "operation",
                    counted.operation());
        }
        figures.gauge("millrace_http_connections", "Open connections.", endpoint.connections());
        figures.gauge("millrace_http_requests_in_flight", "Requests not answered yet.", endpoint.requestsUnderWay());
        figures.gauge(
                "millrace_http_body_memory_bytes", "Memory set aside for large request bodies.", endpoint.bodyBytes());
        figures.gauge(
                "millrace_netty_direct_memory_bytes",
                "Direct memory of the network layer.",
                Math.max(0, PlatformDependent.usedDirectMemory()));
    }
}
