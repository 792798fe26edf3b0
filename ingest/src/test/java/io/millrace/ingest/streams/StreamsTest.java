package io.millrace.ingest.streams;

import static io.millrace.ingest.log.ShardLogContract.batch;
import static io.millrace.ingest.log.ShardLogContract.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.MovableClock;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.segment.EmbeddedShardLog;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.state.DocumentStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The states of streams and consumers; delayed changes happen when the test says so. */
@Timeout(20)
class StreamsTest {
    private static final int ALL = Integer.MAX_VALUE;
    private static final StreamKey ORDERS = new StreamKey(Namespace.DEFAULT, "orders");

    @TempDir
    Path directory;

    private final MovableClock clock = new MovableClock();
    private ManualTimer timer;
    private EmbeddedShardLog log;
    private Streams streams;

    @BeforeEach
    void open() throws IOException {
        timer = new ManualTimer();
        log = EmbeddedShardLog.open(directory.resolve("log"), new Durability.Fsync(), clock);
        streams = Streams.open(
                DocumentStore.open(directory.resolve("streams")), log, clock, timer, Duration.ofMillis(50));
    }

    @AfterEach
    void close() throws IOException {
        timer.shutdownNow();
        log.close();
    }

    @Test
    void aStreamIsCreatingThenActiveThenDeletingThenGone() {
        assertThat(streams.create(ORDERS, 2, false).status()).isEqualTo(StreamStatus.CREATING);
        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.CREATING);
        timer.runNext();
        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.ACTIVE);
        assertRefused(() -> streams.create(ORDERS, 1, false), "ResourceInUseException");

        streams.delete(ORDERS, false);
        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.DELETING);
        assertRefused(() -> streams.create(ORDERS, 1, false), "ResourceInUseException");
        timer.runNext();
        assertRefused(() -> streams.get(ORDERS), "ResourceNotFoundException");
        assertRefused(() -> streams.delete(ORDERS, false), "ResourceNotFoundException");
    }

    @Test
    void aStreamDeletedWhileItIsCreatingStaysDeleted() {
        streams.create(ORDERS, 1, false);
        streams.delete(ORDERS, false);
        timer.runNext(); // of the creation
        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.DELETING);
        timer.runNext();
        assertThat(streams.find(ORDERS)).isEmpty();
    }

    @Test
    void aStreamDeletedTwiceAndMadeAnewIsNotDeletedAgain() {
        streams.create(ORDERS, 1, false);
        timer.runNext();
        streams.delete(ORDERS, false);
        streams.delete(ORDERS, false);
        timer.runNext();
        streams.create(ORDERS, 1, false);
        timer.runAll();

        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.ACTIVE);
    }

    @Test
    void deletionRemovesTheRecordsAndItsShardsNumbersAreNotUsedAgain() throws Exception {
        long first = streams.create(ORDERS, 2, false).shards().get(0).logNumber();
        timer.runNext();
        log.append(List.of(batch(first, "old"))).get();
        streams.delete(ORDERS, false);
        timer.runNext();
        assertThat(log.read(first, 0, ALL, ALL)).isEmpty();

        reopen();
        assertThat(streams.create(ORDERS, 2, false).shards().stream().map(ShardInfo::logNumber))
                .containsExactly(first + 2, first + 3);
    }

    @Test
    void whatWasUnderWayIsFinishedByARestart() throws Exception {
        StreamKey deleted = new StreamKey(Namespace.DEFAULT, "deleted");
        Stream gone = streams.create(deleted, 1, false);
        Stream kept = streams.create(ORDERS, 1, false);
        log.append(List.of(
                        batch(gone.shards().get(0).logNumber(), "gone"),
                        batch(kept.shards().get(0).logNumber(), "kept")))
                .get();
        streams.delete(deleted, false);

        reopen();

        assertThat(streams.find(deleted)).isEmpty();
        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.ACTIVE);
        assertThat(log.read(gone.shards().get(0).logNumber(), 0, ALL, ALL)).isEmpty();
        assertThat(texts(log.read(kept.shards().get(0).logNumber(), 0, ALL, ALL)))
                .containsExactly("kept");
        reopen();
        assertThat(streams.find(deleted)).isEmpty();
    }

    @Test
    void everythingAStreamIsSurvivesARestart() throws Exception {
        StreamKey elsewhere = new StreamKey(new Namespace("123456789012", "eu-west-1"), "a.b_c-D");
        streams.create(elsewhere, 0, true);
        streams.create(ORDERS, 3, false);
        timer.runAll();
        streams.registerConsumer(ORDERS, "watcher");
        timer.runAll();
        Stream orders = streams.get(ORDERS);
        Stream other = streams.get(elsewhere);
        assertThat(other.shards()).hasSize(4);

        reopen();

        assertThat(streams.get(ORDERS)).isEqualTo(orders);
        assertThat(streams.get(elsewhere)).isEqualTo(other);
        assertThat(streams.list(Namespace.DEFAULT)).containsExactly(orders);
    }

    @Test
    void aConsumerIsCreatingThenActiveThenDeletingThenGoneAlsoAcrossARestart() throws Exception {
        streams.create(ORDERS, 1, false);
        assertRefused(() -> streams.registerConsumer(ORDERS, "early"), "ResourceInUseException");
        timer.runNext();
        assertThat(streams.registerConsumer(ORDERS, "watcher").status()).isEqualTo(Consumer.Status.CREATING);
        assertRefused(() -> streams.registerConsumer(ORDERS, "watcher"), "ResourceInUseException");
        assertRefused(() -> streams.delete(ORDERS, false), "ResourceInUseException");
        reopen();
        assertThat(consumer().status()).isEqualTo(Consumer.Status.ACTIVE);

        streams.deregisterConsumer(ORDERS, "watcher");
        assertThat(consumer().status()).isEqualTo(Consumer.Status.DELETING);
        reopen();
        assertThat(streams.get(ORDERS).consumers()).isEmpty();
    }

    @Test
    void aConsumerDeregisteredTwiceAndRegisteredAnewStays() {
        streams.create(ORDERS, 1, false);
        timer.runNext();
        streams.registerConsumer(ORDERS, "watcher");
        timer.runNext();
        streams.deregisterConsumer(ORDERS, "watcher");
        streams.deregisterConsumer(ORDERS, "watcher");
        timer.runNext();
        clock.move(Duration.ofSeconds(1));
        streams.registerConsumer(ORDERS, "watcher");
        timer.runAll();

        assertThat(consumer().status()).isEqualTo(Consumer.Status.ACTIVE);
    }

    @Test
    void aStreamTakesTwentyConsumers() {
        streams.create(ORDERS, 1, false);
        timer.runNext();
        for (int i = 0; i < 20; i++) {
            streams.registerConsumer(ORDERS, "c" + i);
        }
        assertRefused(() -> streams.registerConsumer(ORDERS, "c20"), "LimitExceededException");
    }

    private Consumer consumer() {
        return streams.get(ORDERS).consumer("watcher").orElseThrow();
    }

    private void reopen() throws IOException {
        close();
        open();
    }

    private static void assertRefused(Runnable call, String code) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    /** Runs delayed tasks when it is told to, in the order in which they were given. Repeated ones never run. */
    private static final class ManualTimer extends ScheduledThreadPoolExecutor {
        private final List<Runnable> tasks = new ArrayList<>();

        ManualTimer() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            tasks.add(task);
            return null;
        }

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long initial, long delay, TimeUnit unit) {
            return null;
        }

        void runNext() {
            tasks.remove(0).run();
        }

        void runAll() {
            while (!tasks.isEmpty()) {
                runNext();
            }
        }
    }
}
