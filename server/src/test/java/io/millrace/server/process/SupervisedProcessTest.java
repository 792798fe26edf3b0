package io.millrace.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class SupervisedProcessTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Pauses SHORT = new Pauses(Duration.ofMillis(1), Duration.ofMillis(4));

    @TempDir
    Path directory;

    private static SupervisedProcess start(String script, Pauses pauses) throws Exception {
        return SupervisedProcess.start(
                "test", new ProcessBuilder("sh", "-c", script)::start, pauses, InstantSource.system());
    }

    private static void awaitRestarts(SupervisedProcess process, int restarts) throws InterruptedException {
        while (process.status().restarts() < restarts) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Test
    void aKilledChildIsStartedAgain() throws Exception {
        try (SupervisedProcess process = start("exec sleep 60", SHORT)) {
            long first = process.status().pid();
            ProcessHandle.of(first).orElseThrow().destroyForcibly();
            awaitRestarts(process, 1);

            assertThat(process.status().isRunning()).isTrue();
            assertThat(process.status().pid()).isNotEqualTo(first);
        }
    }

    @Test
    void theLastExitIsTold() throws Exception {
        try (SupervisedProcess process = start("sleep 0.1; exit 3", new Pauses(HOUR, HOUR))) {
            assertThat(process.status().lastExit()).isEmpty();
            while (process.status().isRunning()) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            assertThat(process.status().lastExit()).isEqualTo("ended with exit code 3");
        }
        try (SupervisedProcess process = start("exec sleep 60", SHORT)) {
            ProcessHandle.of(process.status().pid()).orElseThrow().destroyForcibly();
            awaitRestarts(process, 1);

            assertThat(process.status().lastExit()).isEqualTo("ended with exit code 137 (SIGKILL)");
            assertThat(process.status().lastExitAt()).isAfter(Instant.EPOCH);
        }
    }

    @Test
    void aChildThatHangsIsKilledAndStartedAgainWithTheReason() throws Exception {
        try (SupervisedProcess process = start("exec sleep 60", SHORT)) {
            long hanging = process.status().pid();
            process.killHanging("gave no answer");
            awaitRestarts(process, 1);

            assertThat(process.status().pid()).isNotEqualTo(hanging);
            assertThat(process.status().lastExit()).isEqualTo("gave no answer");
        }
    }

    @Test
    void aChildThatIgnoresTheSignalsIsKilled() throws Exception {
        SupervisedProcess process = start("trap '' TERM; while :; do sleep 0.01; done", SHORT);
        TimeUnit.MILLISECONDS.sleep(200); // until the trap is set

        assertThat(process.stop(List.of(Process::destroy), Duration.ofMillis(100)))
                .isEqualTo(128 + 9);
        assertThat(process.status().isRunning()).isFalse();
    }

    @Test
    void aProgramThatCannotBeStartedIsToldAtOnce() {
        assertThatThrownBy(() -> SupervisedProcess.start(
                        "test", new ProcessBuilder("/no/such/program")::start, SHORT, InstantSource.system()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("test cannot be started: ")
                .hasMessageContaining("/no/such/program");
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

        assertThat(process.status().isRunning()).isFalse();
        assertThat(process.status().restarts()).isZero();
    }

    @Test
    void closeDuringAPauseStartsNoOther() throws Exception {
        SupervisedProcess process = start("exit 1", new Pauses(Duration.ofMinutes(1), Duration.ofMinutes(1)));
        while (process.status().isRunning()) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        process.close();

        assertThat(process.status().isRunning()).isFalse();
        assertThat(process.status().restarts()).isZero();
    }

    @Test
    void theChildSeesTheEndOfItsInputOnlyWhenTheParentIsGone() throws Exception {
        try (SupervisedProcess process = start("read line; exit 7", SHORT)) {
            TimeUnit.MILLISECONDS.sleep(200);
            assertThat(process.status().isRunning()).isTrue();
            assertThat(process.status().restarts()).isZero();
        }
    }

    @Test
    void pausesDoubleUpToTheLongestAndAreShortAgainAfterALongRun() {
        Pauses pauses = Pauses.OF_PROCESSES;
        Duration soon = Duration.ofSeconds(1);

        assertThat(pauses.after(Duration.ZERO, soon)).isEqualTo(Duration.ofMillis(200));
        assertThat(pauses.after(Duration.ofMillis(200), soon)).isEqualTo(Duration.ofMillis(400));
        assertThat(pauses.after(Duration.ofMillis(6400), soon)).isEqualTo(Duration.ofSeconds(10));
        assertThat(pauses.after(Duration.ofSeconds(10), soon)).isEqualTo(Duration.ofSeconds(10));
        assertThat(pauses.after(Duration.ofSeconds(10), Duration.ofSeconds(11))).isEqualTo(Duration.ofMillis(200));
    }
}
