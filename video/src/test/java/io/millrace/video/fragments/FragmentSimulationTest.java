package io.millrace.video.fragments;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.millrace.durable.SimulationSeeds;
import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Lives of a fragment store that end in power losses and kills, with failed writes and syncs and full disks between them,
 * each made by a seed.
 *
 * <p>{@link SimulationSeeds} says how to run more of them, or one again.
 */
class FragmentSimulationTest {
    private static final String[] PACKAGES = {"io.millrace.video.fragments", "io.millrace.durable"};
    private static final Path DIRECTORY = Path.of("/video");
    private static final long STREAM = 1;

    @BeforeAll
    static void quiet() {
        SimulationSeeds.levels(Level.OFF, PACKAGES);
    }

    @AfterAll
    static void loud() {
        SimulationSeeds.levels(null, PACKAGES);
    }

    @Test
    void noAcknowledgedFragmentIsLostByPowerLossesAndKills() {
        SimulationSeeds.run(FragmentSimulationTest::run);
    }

    @Test
    void whatAFailedSyncLeftInThePageCacheIsWrittenAgainByTheNextStart() throws Exception {
        SimulatedDisk disk = new SimulatedDisk();
        FragmentStore store = open(disk, Set.of());
        store.create(STREAM);
        append(store);
        disk.failNextSync(".seg"); // that of the seal
        store.close();
        store = open(disk, Set.of(STREAM));
        append(store);
        store.close();

        for (int seed = 0; seed < 50; seed++) {
            SimulatedDisk after = disk.afterPowerLoss(new SplittableRandom(seed));
            after.damage(DIRECTORY.resolve("index/1/0000000000000000000.idx"), new byte[0]); // all segments are read
            FragmentStore restarted = open(after, Set.of(STREAM));
            assertThat(restarted.index(STREAM).orElseThrow().page(0).entries()).hasSize(2);
        }
    }

    private static FragmentStore open(SimulatedDisk disk, Set<Long> streams) throws IOException {
        return FragmentStore.open(
                DIRECTORY,
                streams,
                new FragmentSettings(20_000, 0),
                new FragmentStore.Environment(disk, new DiskGuard(disk, DIRECTORY, 0), new FragmentLife.Stepped()));
    }

    private static void append(FragmentStore store) {
        NewFragment fragment = new NewFragment(
                store.nextNumber(),
                new FragmentTime(1, 1, 1),
                new FragmentHead(new byte[4]),
                List.of(ByteBuffer.wrap(new byte[700])));
        CompletableFuture<FragmentEntry> done = store.append(STREAM, fragment);
        store.step();
        done.join();
    }

    private static void run(long seed) {
        try {
            new FragmentLife(seed).run();
        } catch (Exception | AssertionError e) {
            throw new AssertionError("-Dsimulation.seed=" + seed, e);
        }
    }
}
