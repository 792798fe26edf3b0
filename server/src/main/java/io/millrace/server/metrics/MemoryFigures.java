package io.millrace.server.metrics;

import io.millrace.durable.memory.MemoryPlan;

/** What each part of the node may hold of the heap. Thread-safe. */
public final class MemoryFigures implements FigureSource {
    private final MemoryPlan plan;

    public MemoryFigures(MemoryPlan plan) {
        this.plan = plan;
    }

    @Override
    public void addTo(Figures figures) {
        plan.bytes()
                .forEach((share, bytes) -> figures.gauge(
                        "millrace_memory_plan_bytes",
                        "What a part of the node may hold of the heap.",
                        bytes,
                        "part",
                        share.label()));
    }
}
