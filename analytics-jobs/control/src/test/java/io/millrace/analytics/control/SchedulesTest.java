package io.millrace.analytics.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Jobs on a cluster behind a proxy that delays, drops and repeats requests and answers, while the control side and the
 * cluster are restarted: a job runs once.
 *
 * <p>{@code -Dseed=N} runs one schedule.
 */
@Execution(ExecutionMode.CONCURRENT)
@Timeout(240)
class SchedulesTest {
    private static final int SCHEDULES = 200;

    @TempDir
    Path directory;

    static LongStream seeds() {
        Long seed = Long.getLong("seed");
        return seed == null ? LongStream.range(0, SCHEDULES) : LongStream.of(seed);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyWantedJobRunsOnceAndNoOther(long seed) throws Exception {
        try (Schedule schedule = new Schedule(seed, directory)) {
            schedule.run();
            schedule.settle();
            assertThat(schedule.violations()).as("-Dseed=%s", seed).isEmpty();
            assertThat(schedule.runningNames())
                    .as("-Dseed=%s: jobs on the cluster; %s", seed, schedule)
                    .containsExactlyInAnyOrderElementsOf(schedule.wantedNames());
        }
    }
}
