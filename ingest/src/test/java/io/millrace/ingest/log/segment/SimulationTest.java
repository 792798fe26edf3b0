package io.millrace.ingest.log.segment;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.millrace.durable.SimulationSeeds;
import io.millrace.durable.disk.DiskFile;
import io.millrace.durable.disk.SimulatedDisk;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Lives of a log that end in power losses, kills and damage, each made by a seed.
 *
 * <p>{@link SimulationSeeds} says how to run more of them, or one again.
 */
class SimulationTest {
    private static final String[] PACKAGES = {"io.millrace.ingest.log", "io.millrace.durable"};

    @BeforeAll
    static void quiet() {
        SimulationSeeds.levels(Level.OFF, PACKAGES);
    }

    @AfterAll
    static void loud() {
        SimulationSeeds.levels(null, PACKAGES);
    }

    @Test
    void noAcknowledgedRecordIsLostByPowerLossesAndKills() {
        SimulationSeeds.run(seed -> run(seed, false));
    }

    @Test
    void noDamageIsServedOrPassedOverInSilence() {
        SimulationSeeds.run(seed -> run(seed, true));
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
