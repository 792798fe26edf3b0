package io.millrace.durable.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExpiryClockTest {
    @TempDir
    Path directory;

    private final MovableClock wall = new MovableClock();
    private final long start = wall.millis();
    private long monotonic = 5_000;
    private ExpiryClock clock = ExpiryClock.unkept(wall);

    @BeforeEach
    void open() throws IOException {
        clock = ExpiryClock.open(directory.resolve("clock"), wall, () -> monotonic);
    }

    @Test
    void itIsKeptFromItsFirstStartOnInADirectoryThatIsYetToBeMade() throws IOException {
        Path file = directory.resolve("video/clock");
        ExpiryClock.open(file, wall, () -> monotonic);
        wall.move(Duration.ofHours(25));

        assertThat(ExpiryClock.open(file, wall, () -> monotonic).millis()).isEqualTo(start);
    }

    @Test
    void itGoesWithTheWallClock() {
        for (int minute = 1; minute < 5000; minute++) {
            pass(Duration.ofMinutes(1));
            assertThat(clock.millis()).isEqualTo(wall.millis());
        }
    }

    @Test
    void aJumpForwardIsNotBelievedForADay() {
        wall.move(Duration.ofDays(2));
        assertThat(clock.millis()).isEqualTo(start);
        pass(Duration.ofHours(23));
        assertThat(clock.millis()).isEqualTo(start + Duration.ofHours(23).toMillis());
        pass(Duration.ofHours(1));
        assertThat(clock.millis()).isEqualTo(wall.millis());
    }

    @Test
    void aJumpThatIsTakenBackIsForgotten() {
        wall.move(Duration.ofDays(2));
        clock.millis();
        pass(Duration.ofHours(20));
        clock.millis();
        wall.move(Duration.ofDays(-2));
        assertThat(clock.millis()).isEqualTo(wall.millis());
        pass(Duration.ofHours(1));
        wall.move(Duration.ofDays(2));
        clock.millis();
        pass(Duration.ofHours(20));
        assertThat(clock.millis()).isEqualTo(start + Duration.ofHours(41).toMillis());
    }

    @Test
    void aJumpBackIsBelievedAtOnce() {
        wall.move(Duration.ofHours(-5));
        assertThat(clock.millis()).isEqualTo(wall.millis());
        pass(Duration.ofMinutes(1));
        assertThat(clock.millis()).isEqualTo(wall.millis());
    }

    @Test
    void aStartWithAClockThatIsAheadDeletesNothing() throws IOException {
        pass(Duration.ofHours(2));
        clock.close();
        wall.move(Duration.ofHours(25));
        open();
        assertThat(clock.millis()).isEqualTo(start + Duration.ofHours(2).toMillis());
        pass(Duration.ofHours(23));
        assertThat(clock.millis()).isEqualTo(start + Duration.ofHours(25).toMillis());
        pass(Duration.ofHours(1));
        assertThat(clock.millis()).isEqualTo(wall.millis());
    }

    @Test
    void theTimeThatAJumpHasStoodCountsOverRestarts() throws IOException {
        clock.close();
        wall.move(Duration.ofDays(7)); // the node was off
        for (int day = 0; day < 3; day++) {
            open();
            assertThat(clock.millis())
                    .isLessThan(wall.millis() - Duration.ofDays(5).toMillis());
            pass(Duration.ofHours(7));
            clock.millis();
            clock.close();
            wall.move(Duration.ofHours(16));
        }
        open();
        pass(Duration.ofHours(3).plusMinutes(1));
        assertThat(clock.millis()).isEqualTo(wall.millis());
    }

    @Test
    void aKilledProcessLosesFiveMinutesAtMost() throws IOException {
        for (int minute = 0; minute < 61; minute++) {
            pass(Duration.ofMinutes(1));
            clock.saveSometimes();
        }
        wall.move(Duration.ofDays(30));
        open();
        assertThat(clock.millis())
                .isBetween(
                        start + Duration.ofMinutes(56).toMillis(),
                        start + Duration.ofMinutes(61).toMillis());
    }

    @Test
    void aClockThatWasSetBackOverARestartIsBelieved() throws IOException {
        clock.close();
        wall.move(Duration.ofHours(-5));
        open();
        assertThat(clock.millis()).isEqualTo(wall.millis());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no number", "17", "99999999999999999999 0"})
    void aDamagedFileIsMadeAnew(String damaged) throws IOException {
        clock.close();
        Files.writeString(directory.resolve("clock"), damaged);
        open();
        assertThat(clock.millis()).isEqualTo(wall.millis());
        assertThat(directory.resolve("clock")).content().startsWith(Long.toString(wall.millis()));
    }

    private void pass(Duration time) {
        wall.move(time);
        monotonic += time.toMillis();
    }
}
