package io.millrace.video.fragments;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Lives of a fragment store that end in power losses and kills, with failed writes and syncs and full disks between them,
 * each made by a seed.
 *
 * <p>{@code -Dsimulation.seeds=100000} runs more of them; {@code -Dsimulation.seed=N} runs one again.
 */
class FragmentSimulationTest {
    private static final int FIXED_SEEDS = Integer.getInteger("simulation.seeds", 1000);
    private static final int FRESH_SEEDS = 100;

    @BeforeAll
    static void quiet() {
        levels(Level.OFF);
    }

    @AfterAll
    static void loud() {
        levels(null);
    }

    private static void levels(Level level) {
        for (String name : List.of("io.millrace.video.fragments", "io.millrace.durable")) {
            ((Logger) LoggerFactory.getLogger(name)).setLevel(level);
        }
    }

    @Test
    void noAcknowledgedFragmentIsLostByPowerLossesAndKills() {
        seeds().parallel().forEach(FragmentSimulationTest::run);
    }

    private static LongStream seeds() {
        Long only = Long.getLong("simulation.seed");
        return only != null
                ? LongStream.of(only)
                : LongStream.concat(
                        IntStream.range(0, FIXED_SEEDS).asLongStream(),
                        ThreadLocalRandom.current().longs(FRESH_SEEDS));
    }

    private static void run(long seed) {
        try {
            new FragmentLife(seed).run();
        } catch (Exception | AssertionError e) {
            throw new AssertionError("-Dsimulation.seed=" + seed, e);
        }
    }
}
