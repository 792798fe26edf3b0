package io.millrace.durable.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SteadyClockTest {
    private final MovableClock wall = new MovableClock();
    private long monotonic = 5_000;
    private long slept = 77;
    private final SteadyClock clock = new SteadyClock(wall, () -> monotonic, () -> slept);

    @Test
    void itGoesWithTheWallClock() {
        for (int minute = 1; minute < 5000; minute++) {
            pass(Duration.ofMinutes(1));
            assertThat(clock.millis()).isEqualTo(wall.millis());
        }
    }

    @Test
    void aJumpOfThirtyDaysForASecondLeavesNoTrace() {
        wall.move(Duration.ofDays(30));
        long ahead = clock.millis();
        pass(Duration.ofSeconds(1));
        ahead = Math.max(ahead, clock.millis());
        wall.move(Duration.ofDays(-30));
        assertThat(ahead).isLessThanOrEqualTo(wall.millis());
        assertThat(clock.millis()).isEqualTo(wall.millis());
    }

    @Test
    void aJumpThatStandsForTwoMinutesIsBelieved() {
        long before = wall.millis();
        wall.move(Duration.ofHours(25));
        clock.millis();
        pass(Duration.ofSeconds(70));
        assertThat(clock.millis()).isEqualTo(before + 70_000);
        pass(Duration.ofSeconds(51));
        assertThat(clock.millis()).isEqualTo(wall.millis());
    }

    @Test
    void jumpsOneAfterTheOtherAreNotAddedUp() {
        for (int jump = 0; jump < 10; jump++) {
            wall.move(Duration.ofDays(1));
            clock.millis();
            pass(Duration.ofSeconds(100));
            clock.millis();
            wall.move(Duration.ofDays(-1));
            pass(Duration.ofSeconds(1));
            assertThat(clock.millis()).isEqualTo(wall.millis());
        }
    }

    @Test
    void theTimeThatAMachineWasSuspendedIsBelievedAtOnce() {
        wall.move(Duration.ofHours(8));
        slept += Duration.ofHours(8).toMillis();
        assertThat(clock.millis()).isEqualTo(wall.millis());

        long before = wall.millis();
        wall.move(Duration.ofHours(8));
        assertThat(clock.millis()).isEqualTo(before);
    }

    @Test
    void aClockThatIsSetBackIsCaughtUpWithAtHalfSpeed() {
        pass(Duration.ofMinutes(10));
        long before = clock.millis();
        wall.move(Duration.ofHours(-1));
        long last = before;
        for (int second = 0; second < 3600; second++) {
            pass(Duration.ofSeconds(1));
            long now = clock.millis();
            assertThat(now).isGreaterThan(last);
            last = now;
        }
        assertThat(last).isEqualTo(before + Duration.ofMinutes(30).toMillis());
        pass(Duration.ofHours(1));
        assertThat(clock.millis()).isEqualTo(wall.millis());
    }

    @Test
    void callsInQuickSuccessionLoseNoTime() {
        wall.move(Duration.ofHours(-1));
        long before = clock.millis();
        for (int call = 0; call < 10_000; call++) {
            pass(Duration.ofMillis(1));
            clock.millis();
        }
        assertThat(clock.millis()).isBetween(before + 4_990, before + 5_000);
    }

    private void pass(Duration time) {
        wall.move(time);
        monotonic += time.toMillis();
    }
}
