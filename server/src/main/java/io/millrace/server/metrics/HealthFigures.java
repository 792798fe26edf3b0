package io.millrace.server.metrics;

import io.millrace.server.health.Health;
import io.millrace.server.health.Part;

/** Which parts of the node serve, and how often those that are processes were started again. Thread-safe. */
public final class HealthFigures implements FigureSource {
    private final Health health;

    public HealthFigures(Health health) {
        this.health = health;
    }

    @Override
    public void addTo(Figures figures) {
        health.seen().parts().forEach((name, seen) -> {
            Part part = seen.part();
            if (part.state() == Part.State.OFF) {
                return;
            }
            figures.gauge(
                    "millrace_part_up", "1 while a part serves.", part.state().isGood() ? 1 : 0, "part", name);
            figures.gauge("millrace_part_observation_age_seconds", "How old that is.", seen.ageSeconds(), "part", name);
            if (part.details().get("restarts") instanceof Integer restarts) {
                figures.counter(
                        "millrace_part_restarts_total",
                        "How often a process was started again.",
                        restarts,
                        "part",
                        name);
            }
        });
    }
}
