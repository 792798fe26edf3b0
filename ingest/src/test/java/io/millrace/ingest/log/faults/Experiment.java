package io.millrace.ingest.log.faults;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/** How long the experiments are and what they print. */
final class Experiment {
    /** Set to {@code long} for the long experiments. */
    private static final String LENGTH = "faults";

    private static final String SEED = "faults.seed";

    private Experiment() {}

    static boolean isLong() {
        return "long".equals(System.getProperty(LENGTH));
    }

    static int count(int inShort, int inLong) {
        return isLong() ? inLong : inShort;
    }

    /** Returns a seed that nobody has tried, or the one of {@code -Dfaults.seed}. */
    static long seed() {
        return Long.getLong(SEED, ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
    }

    static void print(String line) {
        System.out.println("faults: " + line);
    }

    /** Returns count, percentiles and maximum of times given in microseconds. */
    static String histogram(List<Long> micros) {
        if (micros.isEmpty()) {
            return "none";
        }
        List<Long> sorted = micros.stream().sorted().toList();
        String percentiles = List.of(0, 50, 90, 99, 100).stream()
                .map(p -> "p%d %.1f".formatted(p, sorted.get((sorted.size() - 1) * p / 100) / 1000.0))
                .collect(Collectors.joining(", "));
        return "%d times, in milliseconds: %s".formatted(sorted.size(), percentiles);
    }
}
