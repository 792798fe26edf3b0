package io.millrace.durable;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.slf4j.LoggerFactory;

/**
 * Runs one simulated life for each of a thousand seeds that never change and a hundred that nobody has tried before.
 *
 * <p>{@code -Dsimulation.seeds=100000} runs more of them; {@code -Dsimulation.seed=N} runs one again.
 */
public final class SimulationSeeds {
    private static final int FIXED_SEEDS = Integer.getInteger("simulation.seeds", 1000);
    private static final int FRESH_SEEDS = 100;

    private SimulationSeeds() {}

    /** Runs the lives side by side. Each says in its failure what its seed was. */
    public static void run(LongConsumer life) {
        seeds().parallel().forEach(life);
    }

    private static LongStream seeds() {
        Long only = Long.getLong("simulation.seed");
        return only != null
                ? LongStream.of(only)
                : LongStream.concat(
                        IntStream.range(0, FIXED_SEEDS).asLongStream(),
                        ThreadLocalRandom.current().longs(FRESH_SEEDS));
    }

    /** Sets the level of packages whose failures are meant; null gives it back to the configuration. */
    public static void levels(Level level, String... packages) {
        for (String name : List.of(packages)) {
            ((Logger) LoggerFactory.getLogger(name)).setLevel(level);
        }
    }
}
