package io.millrace.ingest.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One sync of a log fails, and those after it succeed. The kernel may have dropped what the failed one was for. */
@Timeout(1800)
class FailedSyncTest {
    private static final int LATEST = 40;
    private static final int AFTER_MILLIS = 300;

    @TempDir
    Path temporary;

    @Test
    void afterOneFailedSyncNothingIsAcknowledgedAndARestartHasEverythingThatWas() throws Exception {
        Strace.require();
        long seed = Experiment.seed();
        Random random = new Random(seed);
        int cycles = Experiment.count(3, 40);
        int stopped = 0;
        for (int cycle = 0; cycle < cycles; cycle++) {
            int nth = 1 + random.nextInt(LATEST);
            stopped += failOnce(cycle, nth, seed) ? 1 : 0;
            Experiment.print(
                    "failed sync: %d of %d cycles; sync %d failed (seed %d)".formatted(cycle + 1, cycles, nth, seed));
        }
        assertThat(stopped).as("logs that were under load when the sync failed").isPositive();
    }

    /** Returns whether the log was open by then; one that is not opened has said so too. */
    private boolean failOnce(int cycle, int nth, long seed) throws IOException, InterruptedException {
        Path notes = Files.createDirectories(temporary.resolve("notes-" + cycle));
        Path directory = temporary.resolve("log-" + cycle);
        Checker checker = Checker.of("sync %d fails, seed %d".formatted(nth, seed));
        checker.cycle(Integer.toString(cycle));
        LogProcess.Start start = LogProcess.Start.usual(directory, notes, seed, 0);
        String[] strace = Strace.failingOnce("fdatasync", nth, notes.resolve("strace.txt"));
        boolean opened;
        try (LogProcess process = LogProcess.start(start, strace)) {
            String said = process.awaitAny("failed ", "refused ");
            opened = said.startsWith("failed ");
            Thread.sleep(AFTER_MILLIS);
            process.kill();
            process.tell(checker);
        }
        assertThat(Files.readString(notes.resolve("strace.txt"))).contains("EIO");
        assertThat(checker.ackedAfterFailure())
                .as("records that were sent after the failure and acknowledged (seed %d, sync %d)", seed, nth)
                .isZero();
        checker.cycle(cycle + ", restarted");
        try (LogProcess process = LogProcess.start(LogProcess.Start.usual(directory, notes, seed, 100))) {
            process.awaitReady();
            Thread.sleep(AFTER_MILLIS);
            process.kill();
            process.tell(checker);
        }
        assertThat(checker.failure()).isEmpty();
        checker.assertClean();
        return opened;
    }
}
