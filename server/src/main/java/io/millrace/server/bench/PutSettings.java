package io.millrace.server.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How {@code bench put} measures.
 *
 * @param inFlight requests on a connection without an answer
 * @param against what else is measured: see {@link Side#ALL}
 * @param rounds how often all sides are measured, in turn
 */
public record PutSettings(LoadSettings load, int inFlight, List<String> against, int rounds) {
    private static final int MAX_IN_FLIGHT = 64;
    private static final int MAX_ROUNDS = 100;

    public PutSettings {
        List<String> problems = new ArrayList<>();
        LoadSettings.check("--in-flight", inFlight, 1, MAX_IN_FLIGHT, problems);
        LoadSettings.check("--rounds", rounds, 1, MAX_ROUNDS, problems);
        for (String side : against) {
            if (!Side.ALL.contains(side)) {
                problems.add(
                        String.format(Locale.ROOT, "--against: %s (expected: %s)", side, String.join(", ", Side.ALL)));
            }
        }
        LoadSettings.refuse(problems);
        against = List.copyOf(against);
    }
}
