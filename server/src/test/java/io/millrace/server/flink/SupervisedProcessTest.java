package io.millrace.server.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.flink.SupervisedProcess.Pauses;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class SupervisedProcessTest {
    private static final Pauses SHORT = new Pauses(Duration.ofMillis(1), Duration.ofMillis(4));

    @TempDir
    Path directory;

    private static SupervisedProcess start(String script, Pauses pauses) throws Exception {
        return SupervisedProcess.start("test", new ProcessBuilder("sh", "-c", script), pauses);
    }

    private static void awaitRestarts(SupervisedProcess process, int restarts) throws InterruptedException {
        while (process.restarts() < restarts) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Test
    void aKilledChildIsStartedAgain() throws Exception {
        try (SupervisedProcess process = start("exec sleep 60", SHORT)) {
            long first = process.pid();
            ProcessHandle.of(first).orElseThrow().destroyForcibly();
            awaitRestarts(process, 1);

            assertThat(process.isRunning()).isTrue();
            assertThat(process.pid()).isNotEqualTo(first);
        }
    }

    @Test
    void aChildThatKeepsEndingIsStartedAgainAndAgain() throws Exception {
        Path starts = directory.resolve("starts");
        try (SupervisedProcess process = start("echo started >> " + starts, SHORT)) {
            awaitRestarts(process, 3);
        }
        assertThat(Files.readAllLines(starts)).hasSizeGreaterThanOrEqualTo(3);
    }

    @Test
    void closeEndsTheChildAndStartsNoOther() throws Exception {
        SupervisedProcess process = start("exec sleep 60", SHORT);
        process.close();

        assertThat(process.isRunning()).isFalse();
        assertThat(process.restarts()).isZero();
    }

    @Test
    void closeDuringAPauseStartsNoOther() throws Exception {
        SupervisedProcess process = start("exit 1", new Pauses(Duration.ofMinutes(1), Duration.ofMinutes(1)));
        while (process.isRunning()) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        process.close();

        assertThat(process.isRunning()).isFalse();
        assertThat(process.restarts()).isZero();
    }

    @Test
    void theChildSeesTheEndOfItsInputOnlyWhenTheParentIsGone() throws Exception {
        try (SupervisedProcess process = start("read line; exit 7", SHORT)) {
            TimeUnit.MILLISECONDS.sleep(200);
            assertThat(process.isRunning()).isTrue();
            assertThat(process.restarts()).isZero();
        }
    }

    @Test
    void pausesDoubleUpToTheLongestAndAreShortAgainAfterALongRun() {
        Pauses pauses = Pauses.USUAL;
        Duration soon = Duration.ofSeconds(1);

        assertThat(pauses.after(Duration.ZERO, soon)).isEqualTo(Duration.ofMillis(200));
        assertThat(pauses.after(Duration.ofMillis(200), soon)).isEqualTo(Duration.ofMillis(400));
        assertThat(pauses.after(Duration.ofMillis(6400), soon)).isEqualTo(Duration.ofSeconds(10));
        assertThat(pauses.after(Duration.ofSeconds(10), soon)).isEqualTo(Duration.ofSeconds(10));
        assertThat(pauses.after(Duration.ofSeconds(10), Duration.ofSeconds(11))).isEqualTo(Duration.ofMillis(200));
    }
}
