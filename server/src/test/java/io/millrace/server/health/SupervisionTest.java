package io.millrace.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.process.ProcessStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SupervisionTest {
    private static final String KILLED = "ended with exit code 137 (SIGKILL)";
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final AtomicLong nanos = new AtomicLong();
    private final List<String> kills = new ArrayList<>();
    private final Supervision supervision = new Supervision(nanos::get, kills::add);

    private static ProcessStatus running(long pid, int restarts, String lastExit) {
        return new ProcessStatus(true, pid, START, restarts, lastExit, START);
    }

    private static ProcessStatus ended(long pid, String exit) {
        return new ProcessStatus(false, pid, START, 0, exit, START);
    }

    private Part after(Duration silence, ProcessStatus status) {
        nanos.addAndGet(silence.toNanos());
        return supervision.judge(status, false, Map.of());
    }

    @Test
    void aChildThatAnswersIsGoodAndShowsWhatHappenedToIt() {
        Part part = supervision.judge(running(8, 1, KILLED), true, Map.of("url", "http://x"));

        assertThat(part.state()).isEqualTo(Part.State.OK);
        assertThat(part.details())
                .containsEntry("url", "http://x")
                .containsEntry("pid", 8L)
                .containsEntry("restarts", 1)
                .containsEntry("lastExit", KILLED)
                .containsEntry("lastExitAt", START.toString());
    }

    @Test
    void aChildThatHasEndedIsAFailureAndNotAStart() {
        supervision.judge(running(7, 0, ""), true, Map.of());

        Part part = supervision.judge(ended(7, KILLED), false, Map.of());
        assertThat(part.state()).isEqualTo(Part.State.FAILED);
        assertThat(part.reason()).isEqualTo(KILLED + "; it is being started again");
    }

    @Test
    void aShortSilenceDoesNotCountALongerOneDoesAndAVeryLongOneEndsTheChild() {
        ProcessStatus status = running(7, 0, "");
        supervision.judge(status, true, Map.of());
        assertThat(after(Duration.ofSeconds(10), status).state()).isEqualTo(Part.State.OK);

        Part silent = after(Duration.ofSeconds(20), status);
        assertThat(silent.state()).isEqualTo(Part.State.NOT_ANSWERING);
        assertThat(silent.reason()).isEqualTo("no answer for 30 s; after 300 s it is killed and started again");
        assertThat(after(Duration.ofSeconds(270), status).state()).isEqualTo(Part.State.NOT_ANSWERING);
        assertThat(kills).isEmpty();

        assertThat(after(Duration.ofSeconds(1), status).state()).isEqualTo(Part.State.FAILED);
        assertThat(kills).containsExactly("gave no answer for 301 s and was killed");
    }

    @Test
    void anotherChildHasItsOwnTimeToStart() {
        ProcessStatus first = running(7, 0, "");
        supervision.judge(first, true, Map.of());
        after(Duration.ofSeconds(290), first);

        Part part = after(Duration.ofSeconds(20), running(8, 1, KILLED));
        assertThat(part.state()).isEqualTo(Part.State.STARTING);
        assertThat(part.reason()).isEqualTo("the one before " + KILLED);
        assertThat(kills).isEmpty();
    }

    @Test
    void childrenThatKeepEndingBeforeTheyServeAreAFailure() {
        supervision.judge(running(1, 0, ""), true, Map.of());
        for (int restart = 1; restart <= 3; restart++) {
            Part part = after(Duration.ofSeconds(1), running(1 + restart, restart, "ended with exit code 1"));
            assertThat(part.state()).isEqualTo(Part.State.STARTING);
        }
        Part part = after(Duration.ofSeconds(1), running(5, 4, "ended with exit code 1"));
        assertThat(part.state()).isEqualTo(Part.State.FAILED);
        assertThat(part.reason()).isEqualTo("ended with exit code 1, 3 times in a row before it served");

        assertThat(supervision.judge(running(5, 4, ""), true, Map.of()).state()).isEqualTo(Part.State.OK);
    }
}
