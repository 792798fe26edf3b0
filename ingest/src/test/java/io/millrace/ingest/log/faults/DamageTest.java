package io.millrace.ingest.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.millrace.durable.time.MovableClock;
import io.millrace.ingest.log.ShardLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/**
 * The files of a log that was closed once and killed later are damaged, whatever their names.
 *
 * <p>Then it either reads right; or it names the damaged file, says which records it cannot read and reads the others
 * right. Only a log whose format is unknown is refused, and nothing of it changed: with the damage undone everything is
 * there.
 */
@Timeout(3600)
class DamageTest {
    private static final int SHARDS = 3;
    private static final int QUIET_MILLIS = 1000;
    private static final int SHOWN = 10;
    private static final Path FORMAT = Path.of("format");
    private static final Logger LOG = (Logger) LoggerFactory.getLogger("io.millrace.ingest.log");

    private final long seed = Experiment.seed();
    private final Random random = new Random(seed);
    private final List<Path> journals = new ArrayList<>();
    private final List<String> broken = new ArrayList<>();
    private List<io.millrace.ingest.log.Damage> damages = List.of();
    private Path folder;
    private Snapshot snapshot;
    private int harmless;
    private int refused;
    private int reported;
    private int shortened;

    /** In memory where that is possible, for tens of thousands of logs are opened here. */
    @BeforeEach
    void aLogWithACheckpointThatWasKilled() throws Exception {
        Path memory = Path.of("/dev/shm");
        folder = Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "millrace")
                : Files.createTempDirectory("millrace");
        Path directory = folder.resolve("log");
        append(directory, 0, process -> {
            process.command("close");
            process.awaitEnd();
        });
        append(directory, 1, process -> {
            Thread.sleep(QUIET_MILLIS); // what an idle log writes down, it has
            process.kill();
        });
        snapshot = Snapshot.of(directory);
        LOG.setLevel(Level.OFF); // a damaged log says so, which is right once and useless thousands of times
    }

    @AfterEach
    void clear() throws IOException {
        LOG.setLevel(null);
        Trees.delete(folder);
    }

    @FunctionalInterface
    private interface End {
        void come(LogProcess process) throws IOException, InterruptedException;
    }

    private void append(Path directory, int run, End end) throws IOException, InterruptedException {
        Path notes = Files.createDirectories(folder.resolve("notes-" + run));
        LogProcess.Start start = LogProcess.Start.usual(directory, notes, seed, run)
                .with(new Load.Shape(1, 1, SHARDS, 300, 60))
                .with(SmallLog.NAME);
        try (LogProcess process = LogProcess.start(start)) {
            process.awaitReady();
            process.command("await");
            process.await("stopped ");
            end.come(process);
            journals.add(process.journal());
        }
    }

    @Test
    void withoutDamageEverythingIsThere() throws Exception {
        Checker checker = history(Checker.of("undamaged, seed " + seed));
        assertThat(checker.ackedRecords()).isGreaterThan(SHARDS * 4);
        assertThat(snapshot.files())
                .filteredOn(file -> file.path().startsWith("shards"))
                .hasSizeGreaterThan(SHARDS);
        assertThat(snapshot.files())
                .filteredOn(file -> file.path().startsWith("wal") && file.usedBytes() > 0)
                .hasSizeGreaterThan(1);
        snapshot.restore(folder.resolve("copy"));
        assertThat(open(folder.resolve("copy"), checker)).isEmpty();
        checker.assertClean();
    }

    @Test
    void everyFlippedBitIsReportedOrHarmless() throws Exception {
        List<Damage> flips = new ArrayList<>();
        for (Snapshot.Content file : snapshot.files()) {
            file.blocks()
                    .forEach((position, block) -> LongStream.range(position * 8, (position + block.length) * 8)
                            .forEach(bit -> flips.add(new Damage.Flip(file, bit))));
            for (int i = 0; i < 200 && file.lengthBytes() > 0; i++) { // in what is all zeros too
                flips.add(new Damage.Flip(file, random.nextLong(file.lengthBytes() * 8)));
            }
        }
        Experiment.print("flipped bits: %d in %d files"
                .formatted(flips.size(), snapshot.files().size()));

        everyOneIsReportedOrHarmless("flipped bits", sample(flips, Experiment.count(600, 20_000)));
    }

    @Test
    void everyCutIsReportedOrHarmless() throws Exception {
        List<Damage> cuts = new ArrayList<>();
        for (Snapshot.Content file : snapshot.files()) {
            LongStream.range(0, file.usedBytes()).forEach(length -> cuts.add(new Damage.Cut(file, length)));
            for (int i = 0; i < 20 && file.lengthBytes() > 0; i++) {
                cuts.add(new Damage.Cut(file, random.nextLong(file.lengthBytes())));
            }
        }

        everyOneIsReportedOrHarmless("cut files", sample(cuts, Experiment.count(200, 5000)));
    }

    @Test
    void everyZeroedBlockIsReportedOrHarmless() throws Exception {
        List<Damage> blocks = new ArrayList<>();
        int count = Experiment.count(200, 3000) / snapshot.files().size();
        for (Snapshot.Content file : snapshot.files()) {
            if (file.usedBytes() > 0) {
                blocks.add(new Damage.Zeros(file, 0, 512));
                blocks.add(
                        new Damage.Zeros(file, 0, 4096)); // with all that a file says of itself, if it says that once
            }
            for (int i = 0; i < count && file.usedBytes() > 0; i++) {
                int size = random.nextInt(4) == 0 ? 4096 : 512;
                // Half of them where a disk has its blocks, the others anywhere.
                long position = random.nextLong(file.usedBytes());
                blocks.add(new Damage.Zeros(file, random.nextBoolean() ? position / size * size : position, size));
            }
        }

        everyOneIsReportedOrHarmless("zeroed blocks", blocks);
    }

    private List<Damage> sample(List<Damage> all, int size) {
        List<Damage> some = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            some.add(all.get(random.nextInt(all.size())));
        }
        return some;
    }

    private void everyOneIsReportedOrHarmless(String name, List<Damage> all) throws IOException {
        int done = 0;
        for (Damage damage : all) {
            check(damage);
            done++;
            if (done % 5000 == 0) {
                Experiment.print("%s: %d of %d".formatted(name, done, all.size()));
            }
        }
        Experiment.print("%s: %d, of these %d harmless, %d refused at the start, %d reported when read,"
                        .formatted(name, all.size(), harmless, refused, reported)
                + " %d the same as an earlier kill, %d wrong (seed %d)".formatted(shortened, broken.size(), seed));
        assertThat(broken.stream().limit(SHOWN))
                .as("%s: wrong in %d of %d, seed %d", name, broken.size(), all.size(), seed)
                .isEmpty();
    }

    private void check(Damage damage) throws IOException {
        Path copy = folder.resolve("copy");
        snapshot.restore(copy);
        damage.applyIn(copy);
        Checker checker = history(Checker.ofDamaged("%s, seed %d".formatted(damage, seed)));
        try {
            if (!open(copy, checker).isEmpty()) {
                refused++;
                if (!damage.file().path().equals(FORMAT)) {
                    broken.add("%s: the log is refused".formatted(damage));
                }
                damage.file().restore(copy);
                checker = history(Checker.of("%s, refused, and undone, seed %d".formatted(damage, seed)));
                String still = open(copy, checker);
                if (!still.isEmpty()) {
                    broken.add("%s: with that undone the log is still refused: %s".formatted(damage, still));
                }
                checker.assertClean();
            } else if (checker.violations().isEmpty()) {
                count(damage, checker);
            } else if (takesTheNewest(damage) && checker.lostNothingButTheNewest()) {
                shortened++;
            } else {
                checker.assertClean();
            }
        } catch (RuntimeException | AssertionError e) { // what no caller of a log expects is a finding too
            broken.add("%s: %s".formatted(damage, e));
        }
        Trees.delete(copy);
    }

    private void count(Damage damage, Checker checker) {
        if (checker.unreadablePlaces() > 0) {
            reported++;
            checkReport(damage);
        } else {
            harmless++;
        }
    }

    /** What cannot be read is explained by the file that was damaged, at or before the place. */
    private void checkReport(Damage damage) {
        boolean named = damages.stream()
                .anyMatch(found -> found.file().equals(damage.file().path().toString())
                        && found.position() < damage.endPosition());
        if (!named) {
            broken.add("%s: the log speaks of %s".formatted(damage, damages));
        }
    }

    /**
     * Tells whether all that the newest file of the write-ahead log says from some place on is gone, without its having
     * become shorter. What is left is what a kill at an earlier moment leaves, and nothing on the disk can tell the two
     * apart.
     */
    private boolean takesTheNewest(Damage damage) {
        Snapshot.Content newest = snapshot.files().stream()
                .filter(file -> file.path().startsWith("wal") && file.usedBytes() > 0)
                .max(Comparator.comparingLong(
                        file -> ByteBuffer.wrap(file.blocks().get(0L)).getLong(Long.BYTES)))
                .orElseThrow();
        return damage.file().equals(newest) && damage.zeroesTheEnd();
    }

    private Checker history(Checker checker) throws IOException {
        for (Path journal : journals) {
            JournalFile.replay(journal, checker);
        }
        return checker;
    }

    /** Opens and reads a log. Returns why it was refused; empty when it was not. */
    private String open(Path directory, Checker checker) {
        checker.cycle("reopened");
        try (ShardLog log = SmallLog.open(directory, new MovableClock())) {
            Reading.of(log, SHARDS, checker);
            damages = log.stats().damages();
            return "";
        } catch (IOException e) {
            return e.toString();
        }
    }
}
