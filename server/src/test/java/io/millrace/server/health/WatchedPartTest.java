package io.millrace.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WatchedPartTest {
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicLong epochSeconds = new AtomicLong(1_000);
    private final WatchedPart part =
            new WatchedPart("flink", Part.starting(""), nanos::get, () -> Instant.ofEpochSecond(epochSeconds.get()));

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
        epochSeconds.addAndGet(time.toSeconds());
    }

    @Test
    void whatWasSeenCountsUntilItIsTooOld() {
        part.probe(() -> Part.ok(Map.of("pid", 7)));
        part.look();
        pass(Duration.ofSeconds(10));
        assertThat(part.now().part()).isEqualTo(Part.ok(Map.of("pid", 7)));
        assertThat(part.now().ageSeconds()).isEqualTo(10);

        pass(Duration.ofSeconds(5));
        assertThat(part.now().part().state()).isEqualTo(Part.State.NOT_ANSWERING);
        assertThat(part.now().part().reason()).isEqualTo("its state has been unknown for 15 s; before that: ok");
        assertThat(part.now().part().details()).containsEntry("pid", 7);
    }

    @Test
    void aLookThatNeverComesBackHoldsUpNoQuestion() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        part.probe(() -> {
            asked.countDown();
            new CountDownLatch(1).await();
            return Part.off();
        });
        Thread watcher = new Thread(() -> part.run(Duration.ZERO));
        watcher.start();
        asked.await();
        pass(Duration.ofSeconds(11));
        assertThat(part.now().part().state()).isEqualTo(Part.State.NOT_ANSWERING);

        watcher.interrupt();
        watcher.join();
    }

    @Test
    void anExceptionIsAFailureWithItsMessage() {
        part.probe(() -> {
            throw new IllegalStateException("no such table");
        });
        part.look();

        assertThat(part.now().part()).isEqualTo(Part.failed("no such table"));
    }

    @Test
    void theTimeOfTheLastChangeIsKept() {
        part.probe(() -> Part.ok(Map.of()));
        pass(Duration.ofSeconds(1));
        part.look();
        pass(Duration.ofSeconds(8));
        part.look();

        assertThat(part.now().since()).isEqualTo(Instant.ofEpochSecond(1_001));
    }

    @Test
    void aProbeThatWasReplacedMeanwhileIsNotHeard() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        part.probe(() -> {
            asked.countDown();
            go.await();
            return Part.failed("the old one");
        });
        Thread slow = new Thread(part::look);
        slow.start();
        assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
        part.probe(() -> Part.ok(Map.of()));
        go.countDown();
        slow.join();
        assertThat(part.now().part().state()).isEqualTo(Part.State.STARTING);

        part.look();
        assertThat(part.now().part().state()).isEqualTo(Part.State.OK);
    }
}
