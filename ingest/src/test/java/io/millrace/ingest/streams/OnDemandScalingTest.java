package io.millrace.ingest.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.durable.documents.DocumentStore;
import io.millrace.durable.memory.MemoryPlan;
import io.millrace.durable.time.ExpiryClock;
import io.millrace.durable.time.MovableClock;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.segment.EmbeddedShardLog;
import io.millrace.protocol.arn.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On-demand streams follow the load that is seen. */
@Timeout(20)
class OnDemandScalingTest {
    private static final StreamKey EVENTS = new StreamKey(Namespace.DEFAULT, "events");
    private static final int RECORD_BYTES = 100_000;

    @TempDir
    Path directory;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private EmbeddedShardLog log;
    private Streams streams;
    private RecordStore records;
    private OnDemandScaling scaling;
    private long nanos;

    @BeforeEach
    void open() throws Exception {
        MovableClock clock = new MovableClock();
        log = EmbeddedShardLog.open(directory.resolve("log"), new Durability.Fsync(), clock);
        streams = Streams.open(
                DocumentStore.open(directory.resolve("streams")),
                log,
                new Streams.Means(
                        new Streams.Clocks(clock, ExpiryClock.unkept(clock)),
                        timer,
                        Runnable::run,
                        MemoryPlan.ofThisProcess()),
                new Streams.Rules(Duration.ZERO, Limits.OFF));
        records = new RecordStore(streams, log, clock);
        scaling = new OnDemandScaling(streams, () -> nanos);
        streams.create(new NewStream(EVENTS, 4, true, Distribution.USER_PARTITION_KEY, 1024, null, Map.of()));
        awaitActive();
        scaling.look();
    }

    @AfterEach
    void close() throws IOException {
        timer.shutdownNow();
        log.close();
    }

    @Test
    void aShardThatTakesMoreThanHalfOfItsThroughputIsSplitInItsMiddle() throws Exception {
        put(HashKey.MIN, 60); // 6 MB
        pass(Duration.ofSeconds(10)); // 0.57 MiB a second
        scaling.look();

        Stream grown = awaitActive();
        assertThat(grown.openShards()).hasSize(5);
        assertThat(grown.shards().get(4).parentIndex()).isZero();
        assertThat(grown.shards().get(5).range().start())
                .isEqualTo(HashKeyRange.evenly(8).get(1).start());

        pass(Duration.ofSeconds(10)); // nothing came
        scaling.look();
        assertThat(awaitActive().openShards()).hasSize(5);
    }

    @Test
    void aShardThatTakesLessStaysAsItIs() throws Exception {
        put(HashKey.MIN, 40); // 0.38 MiB a second
        pass(Duration.ofSeconds(10));
        scaling.look();
        assertThat(awaitActive().openShards()).hasSize(4);
    }

    @Test
    void neighboursThatWereQuietForADayAreMergedButFourShardsStay() throws Exception {
        put(HashKey.MIN, 60);
        pass(Duration.ofSeconds(10));
        scaling.look();
        assertThat(awaitActive().openShards()).hasSize(5);
        scaling.look();

        pass(Duration.ofHours(23));
        scaling.look();
        assertThat(awaitActive().openShards()).hasSize(5);
        pass(Duration.ofHours(2));
        scaling.look();

        assertThat(awaitActive().openShards()).hasSize(4);
        pass(Duration.ofHours(25));
        scaling.look();
        assertThat(awaitActive().openShards()).hasSize(4);
    }

    @Test
    void aShardThatIsSeenForTheFirstTimeHasNoRateYet() throws Exception {
        OnDemandScaling other = new OnDemandScaling(streams, () -> nanos);
        put(HashKey.MIN, 60);
        other.look();
        assertThat(awaitActive().openShards()).hasSize(4);
        put(HashKey.MIN, 1);
        other.look(); // at the same moment
        assertThat(awaitActive().openShards()).hasSize(4);
    }

    @Test
    void aProvisionedStreamIsLeftAlone() throws Exception {
        new StreamSettings(streams).setMode(EVENTS, false, null);
        awaitActive();
        put(HashKey.MIN, 60);
        pass(Duration.ofSeconds(10));
        scaling.look();
        assertThat(awaitActive().openShards()).hasSize(4);
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private void put(HashKey at, int count) throws Exception {
        List<RecordSource.Single> singles = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            singles.add(RecordSource.Single.of("k", at, new byte[RECORD_BYTES]));
        }
        records.put(streams.get(EVENTS), RecordSource.of(singles)).get();
    }

    private Stream awaitActive() throws InterruptedException {
        while (streams.get(EVENTS).status() != StreamStatus.ACTIVE) {
            Thread.sleep(5);
        }
        return streams.get(EVENTS);
    }
}
