package io.millrace.video.fragments;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
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
    private static final Path DIRECTORY = Path.of("/video");
    private static final long STREAM = 1;
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
