package io.millrace.ingest.log.faults;

import io.millrace.durable.disk.FileSystemDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Starts a log, loads it, crashes it at a random moment, now and then after closing it, and again. Each start reads everything before it appends, and one
 * more does so after the last crash. For one thread.
 */
final class CrashCycles {
    /** After so many crashes a new log is begun, for reading takes longer each time. */
    private static final int CYCLES_PER_LOG = 10;

    private static final int WRITERS_PER_CYCLE = 16;
    private static final int EARLY_MILLIS = 700;
    private static final int LOAD_MILLIS = 1000;

    /** Long enough for checkpoints to be taken under way. */
    private static final int LONG_LOAD_MILLIS = 3000;

    private final String name;
    private final Path records;
    private final List<Long> openMicros = new ArrayList<>();
    private long acked;
    private int early;
    private int closed;

    /** @param records where the journals go: not on the file system under test */
    CrashCycles(String name, Path records) {
        this.name = name;
        this.records = records;
    }

    /** Ends a running log without warning. When it returns, the log can be started again. */
    @FunctionalInterface
    interface Crash {
        void strike(LogProcess process) throws IOException, InterruptedException;
    }

    /** Crashes logs in folders of {@code parent} and throws when one of them broke a promise. */
    void run(Path parent, int cycles, Crash crash) throws IOException, InterruptedException {
        for (int done = 0; done < cycles; done += CYCLES_PER_LOG) {
            long seed = Experiment.seed();
            int count = Math.min(CYCLES_PER_LOG, cycles - done);
            Path directory = parent.resolve("log-" + done);
            Path notes = Files.createDirectories(records.resolve("log-" + done));
            Checker checker = runOne(directory, notes, seed, count, crash);
            if (count > 1 && checker.ackedRecords() == 0) {
                throw new AssertionError(
                        "%s, seed %d: nothing was acknowledged, so nothing was tested".formatted(name, seed));
            }
            acked += checker.ackedRecords();
            Experiment.print("%s: %d of %d cycles, %d records acknowledged (seed %d)"
                    .formatted(name, done + count, cycles, acked, seed));
            Trees.delete(directory);
            new FileSystemDisk().syncDirectory(parent); // or the next power cut brings it back, until the disk is full
            Trees.delete(notes);
        }
        Experiment.print("%s: %d crashes before the log was ready, %d after it was closed; it was open after %s"
                .formatted(name, early, closed, Experiment.histogram(openMicros)));
    }

    private Checker runOne(Path directory, Path notes, long seed, int cycles, Crash crash)
            throws IOException, InterruptedException {
        Random random = new Random(seed);
        Checker checker = Checker.of("%s, seed %d".formatted(name, seed));
        for (int cycle = 0; cycle < cycles; cycle++) {
            checker.cycle(Integer.toString(cycle));
            crashOnce(
                    LogProcess.Start.usual(directory, notes, seed, cycle * WRITERS_PER_CYCLE), random, checker, crash);
            checker.assertClean();
        }
        checker.cycle("after the last crash");
        LogProcess.Start last = LogProcess.Start.usual(directory, notes, seed, cycles * WRITERS_PER_CYCLE);
        try (LogProcess process = LogProcess.start(last.with(last.shape().silent()))) {
            process.awaitReady();
            openMicros.add(process.openMicros());
            process.kill();
            process.tell(checker);
        }
        checker.assertClean();
        return checker;
    }

    private void crashOnce(LogProcess.Start start, Random random, Checker checker, Crash crash)
            throws IOException, InterruptedException {
        boolean second = start.firstWriter() == WRITERS_PER_CYCLE; // the first may end before anything was appended
        try (LogProcess process = LogProcess.start(start)) {
            if (!second && random.nextInt(4) == 0) {
                Thread.sleep(random.nextInt(EARLY_MILLIS)); // most often while it recovers or reads
                early++;
            } else {
                process.awaitReady();
                openMicros.add(process.openMicros());
                Thread.sleep(second || random.nextInt(8) == 0 ? LONG_LOAD_MILLIS : random.nextInt(LOAD_MILLIS));
                if (random.nextInt(8) == 0) {
                    process.command("close");
                    process.awaitEnd();
                    closed++;
                }
            }
            crash.strike(process);
            process.tell(checker);
        }
    }
}
