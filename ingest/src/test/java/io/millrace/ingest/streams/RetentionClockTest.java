package io.millrace.ingest.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.MovableClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetentionClockTest {
    private final MovableClock wall = new MovableClock();
    private long monotonic = 5_000;
    private final RetentionClock clock = new RetentionClock(wall, () -> monotonic);
    private final long start = wall.millis();

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

    private void pass(Duration time) {
        wall.move(time);
        monotonic += time.toMillis();
    }
}
