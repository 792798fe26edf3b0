package io.millrace.analytics.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SuspectsTest {
    private final TestClock clock = new TestClock();
    private final Suspects suspects = new Suspects();

    private boolean mayStart(String name) {
        return suspects.mayStart(name, clock.instant());
    }

    private void ends(String... names) {
        suspects.add(List.of(names), "OutOfMemoryError", clock.instant());
    }

    @Test
    void afterOneEndAllStartAtOnce() {
        ends("a", "b");
        assertThat(mayStart("a")).isTrue();
        assertThat(mayStart("b")).isTrue();
        assertThat(suspects.reason("a", clock.instant())).isEmpty();
    }

    @Test
    void afterTwoTheyAreTriedOneAfterTheOtherAndOthersGoOn() {
        ends("a", "b");
        ends("a", "b");
        assertThat(mayStart("a")).isFalse();
        assertThat(mayStart("other")).isTrue();
        clock.advance(Duration.ofSeconds(10));
        assertThat(mayStart("a")).isTrue();
        assertThat(mayStart("b")).isFalse();
        assertThat(suspects.reason("b", clock.instant()).orElseThrow())
                .startsWith("suspected of having ended Flink 2 times (OutOfMemoryError); started again after ");
        clock.advance(Duration.ofSeconds(20));
        assertThat(mayStart("b")).isTrue();
    }

    @Test
    void theOneThatEndsTheClusterWhenItIsTriedWaitsLongerEachTime() {
        ends("a", "b");
        ends("a", "b");
        Duration last = Duration.ZERO;
        for (int end = 0; end < 12; end++) {
            Instant ended = clock.instant();
            while (!mayStart("b")) {
                clock.advance(Duration.ofSeconds(1));
            }
            Duration pause = Duration.between(ended, clock.instant());
            assertThat(pause).isGreaterThanOrEqualTo(last).isBetween(Duration.ofSeconds(10), Duration.ofMinutes(15));
            last = pause;
            ends("b");
            assertThat(end < 1 || mayStart("a")).as("the other is free").isTrue();
        }
        assertThat(last).isEqualTo(Duration.ofMinutes(15));
    }

    @Test
    void anOldSuspicionIsDropped() {
        ends("a");
        ends("a");
        clock.advance(Duration.ofMinutes(61));
        assertThat(mayStart("a")).isTrue();
        ends("a");
        assertThat(mayStart("a")).isTrue();
    }
}
