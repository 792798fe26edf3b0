package io.millrace.ingest.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.log.segment.EmbeddedShardLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The disk under a log fills up and is made larger. */
@Timeout(1800)
class DiskFullTest {
    private static final int SMALL_MEBIBYTES = 320;
    private static final int LARGE_MEBIBYTES = 1280;
    private static final long FILLED_BYTES = 64L * 1024 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration RECOVERY = Duration.ofSeconds(15);
    private static final long FULL_MILLIS = 500;
    private static final long POLL_MILLIS = 20;

    @TempDir
    Path temporary;

    @Test
    void aFullDiskStopsAppendsAndNotReadsAndRoomLetsThemGoOn() throws Exception {
        int cycles = Experiment.count(1, 10);
        for (int cycle = 0; cycle < cycles; cycle++) {
            long seed = Experiment.seed();
            Path folder = Files.createDirectories(temporary.resolve("cycle-" + cycle));
            try (Mount mount = Mount.memory(folder, SMALL_MEBIBYTES)) {
                Checker checker = Checker.of("full disk, seed " + seed);
                checker.cycle(Integer.toString(cycle));
                fillAndGrow(mount, checker, seed);
                Experiment.print("full disk: %d of %d cycles, %d records acknowledged (seed %d)"
                        .formatted(cycle + 1, cycles, checker.ackedRecords(), seed));
            }
        }
    }

    @Test
    void aLogThatIsKilledWithItsDiskFullStartsOnceThereIsRoom() throws Exception {
        long seed = Experiment.seed();
        Path notes = Files.createDirectories(temporary.resolve("notes"));
        try (Mount mount = Mount.memory(temporary, SMALL_MEBIBYTES)) {
            Path directory = mount.point().resolve("log");
            Checker checker = Checker.of("killed on a full disk, seed " + seed);
            try (LogProcess process = LogProcess.start(LogProcess.Start.usual(directory, notes, seed, 0))) {
                process.awaitReady();
                process.await("failed ");
                process.kill();
                process.tell(checker);
            }
            checker.cycle("still full");
            try (LogProcess process = LogProcess.start(LogProcess.Start.usual(directory, notes, seed, 100))) {
                process.awaitAny("read", "refused "); // without room, a log may refuse to start; it may lose nothing
                Thread.sleep(FULL_MILLIS);
                process.kill();
                process.tell(checker);
            }
            mount.resize(LARGE_MEBIBYTES);
            for (int start = 2; start < 4; start++) {
                checker.cycle("grown, start " + start);
                try (LogProcess process =
                        LogProcess.start(LogProcess.Start.usual(directory, notes, seed, start * 100))) {
                    process.awaitReady();
                    Thread.sleep(FULL_MILLIS);
                    process.kill();
                    process.tell(checker);
                }
                assertThat(checker.failure()).isEmpty();
            }
            checker.assertClean();
        }
    }

    private static void fillAndGrow(Mount mount, Checker checker, long seed) throws Exception {
        Path directory = mount.point().resolve("log");
        Load.Shape shape = Load.Shape.USUAL;
        try (ShardLog log = open(directory)) {
            Load filling = Load.start(log, checker, shape, seed, 0);
            await("the disk fills up", PATIENCE, () -> !filling.failure().isEmpty());
            Thread.sleep(FULL_MILLIS); // more attempts, on a disk that stays full
            filling.stop();
            assertThat(filling.ackedBytes())
                    .as("bytes acknowledged before the disk was full")
                    .isGreaterThan(FILLED_BYTES);
            Reading.of(log, shape.shards(), checker);
            checker.assertClean();

            mount.resize(LARGE_MEBIBYTES);
            checker.cycle("there is room again");
            Load again = Load.start(log, checker, shape, seed, 100);
            try {
                await("appends succeed again", RECOVERY, () -> again.ackedBytes() > 0);
                Thread.sleep(FULL_MILLIS);
            } finally {
                again.stop();
            }
            await(
                    "the next checkpoint clears what the full disk had left",
                    RECOVERY,
                    () -> log.failure().isEmpty());
            Reading.of(log, shape.shards(), checker);
            checker.assertClean();
        }
        checker.cycle("restarted");
        try (ShardLog log = open(directory)) {
            Reading.of(log, shape.shards(), checker);
            checker.assertClean();
        }
    }

    private static ShardLog open(Path directory) throws IOException {
        return EmbeddedShardLog.open(directory, new Durability.Fsync(), InstantSource.system());
    }

    @FunctionalInterface
    private interface Condition {
        boolean holds();
    }

    private static void await(String what, Duration limit, Condition condition) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.sleep(POLL_MILLIS);
        }
    }
}
