package io.millrace.server.metrics;

/** Gives figures to a page that is being made. Must not wait for anything. */
@FunctionalInterface
public interface FigureSource {
    void addTo(Figures figures);
}
