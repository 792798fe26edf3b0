package io.millrace.ingest.log.segment;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.millrace.durable.disk.DiskFile;
import io.millrace.durable.disk.SimulatedDisk;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Lives of a log that end in power losses, kills and damage, each made by a seed.
 *
 * <p>{@code -Dsimulation.seeds=100000} runs more of them; {@code -Dsimulation.seed=N} runs one again.
 */
class SimulationTest {
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
        for (String name : List.of("io.millrace.ingest.log", "io.millrace.durable")) {
            ((Logger) LoggerFactory.getLogger(name)).setLevel(level);
        }
    }

    @Test
    void noAcknowledgedRecordIsLostByPowerLossesAndKills() {
        seeds().parallel().forEach(seed -> run(seed, false));
    }

    @Test
    void noDamageIsServedOrPassedOverInSilence() {
        seeds().parallel().forEach(seed -> run(seed, true));
    }

    private static LongStream seeds() {
        Long only = Long.getLong("simulation.seed");
        return only != null
                ? LongStream.of(only)
                : LongStream.concat(
                        IntStream.range(0, FIXED_SEEDS).asLongStream(),
                        ThreadLocalRandom.current().longs(FRESH_SEEDS));
    }

    private static void run(long seed, boolean damage) {
        SimulatedLife life = new SimulatedLife(seed, damage);
        try {
            life.run();
        } catch (Exception | AssertionError e) {
            throw new AssertionError("-Dsimulation.seed=%d, %s: %s".formatted(seed, life, e.getMessage()), e);
        }
    }

    @Test
    void theSimulatedDiskLosesWhatWasNotSynced() throws Exception {
        Path file = Path.of("/d/f");
        int lostNames = 0;
        int lostBytes = 0;
        for (int seed = 0; seed < 100; seed++) {
            SplittableRandom random = new SplittableRandom(seed); // the first bits of Random are alike for small seeds
            SimulatedDisk disk = new SimulatedDisk();
            try (DiskFile out = disk.openForWrite(file)) {
                out.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
                out.sync();
                lostNames += disk.afterPowerLoss(random).exists(file) ? 0 : 1;
                disk.syncDirectory(file.getParent());
                out.write(ByteBuffer.wrap(new byte[] {9}), 1);
                byte[] found = disk.afterPowerLoss(random).content(file);
                assertThat(found[0]).isEqualTo((byte) 1);
                assertThat(found[1]).isIn((byte) 2, (byte) 9);
                lostBytes += found[1] == 2 ? 1 : 0;
            }
        }
        assertThat(lostNames).isBetween(1, 99);
        assertThat(lostBytes).isBetween(1, 99);
    }
}
