package io.millrace.ingest.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The file system under a log loses its power: what was not synced is gone. Runs as root. */
@Timeout(1800)
class PowerCutTest {
    private static final long IMAGE_BYTES = 2L * 1024 * 1024 * 1024;

    /** Less than the first file of a log holds: where a log goes on to the next, checkpoints sync what went before. */
    private static final Load.Shape LITTLE = new Load.Shape(3, 4, 5, 2000, 20);

    @TempDir
    Path temporary;

    @Test
    void everythingAcknowledgedSurvivesEveryPowerCutOnExt4() throws Exception {
        everythingAcknowledgedSurvives("ext4", Experiment.count(3, 200));
    }

    @Test
    void everythingAcknowledgedSurvivesEveryPowerCutOnXfs() throws Exception {
        everythingAcknowledgedSurvives("xfs", Experiment.count(2, 50));
    }

    /** Shows that a power cut here does take what was not synced: without that, the tests above would prove nothing. */
    @Test
    void aLogThatDoesNotSyncLosesAcknowledgedRecordsWithThePower() throws Exception {
        int cuts = Experiment.count(3, 8);
        int losses = 0;
        try (Mount mount = Mount.loop(temporary, "ext4", IMAGE_BYTES)) {
            for (int cut = 0; cut < cuts; cut++) {
                losses += losesRecords(mount, cut) ? 1 : 0;
            }
        }
        Experiment.print("power cut without sync: acknowledged records were lost in %d of %d".formatted(losses, cuts));
        assertThat(losses).isPositive();
    }

    private void everythingAcknowledgedSurvives(String type, int cycles) throws Exception {
        try (Mount mount = Mount.loop(temporary, type, IMAGE_BYTES)) {
            new CrashCycles("power cut on " + type, temporary.resolve("notes"))
                    .run(mount.point(), cycles, process -> cut(mount, process));
        }
    }

    private static void cut(Mount mount, LogProcess process) throws IOException, InterruptedException {
        process.powerFails();
        mount.cutPower();
        process.kill();
        mount.restart();
    }

    private boolean losesRecords(Mount mount, int cut) throws IOException, InterruptedException {
        long seed = Experiment.seed();
        Path notes = Files.createDirectories(temporary.resolve("notes-" + cut));
        Path directory = mount.point().resolve("log-" + cut);
        Checker checker = Checker.of("power cut without sync, seed " + seed);
        LogProcess.Start start =
                LogProcess.Start.usual(directory, notes, seed, 0).with("os").with(LITTLE);
        try (LogProcess process = LogProcess.start(start)) {
            process.awaitReady();
            process.command("await");
            process.await("stopped ");
            cut(mount, process);
            process.tell(checker);
        }
        assertThat(checker.ackedRecords()).isPositive();
        LogProcess.Start again = LogProcess.Start.usual(directory, notes, seed, 100);
        try (LogProcess process = LogProcess.start(again.with(again.shape().silent()))) {
            process.awaitReady();
            process.kill();
            process.tell(checker);
        }
        return checker.violations().stream().anyMatch(violation -> violation.kind() == Checker.Kind.LOST);
    }
}
