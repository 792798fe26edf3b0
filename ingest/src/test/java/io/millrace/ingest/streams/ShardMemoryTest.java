package io.millrace.ingest.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.documents.DocumentStore;
import io.millrace.durable.memory.MemoryPlan;
import io.millrace.durable.time.ExpiryClock;
import io.millrace.durable.time.MovableClock;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.segment.EmbeddedShardLog;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardMemoryTest {
    private static final StreamKey WIDE = new StreamKey(Namespace.DEFAULT, "wide");

    @TempDir
    Path directory;

    @Test
    void theBoundFollowsTheHeap() {
        ShardMemory memory = ShardMemory.of(new MemoryPlan(256L << 20));
        assertThat(memory.mostShards()).isEqualTo(20_971);
        assertThatCode(() -> memory.refuse(List.of(), WIDE, 20_971)).doesNotThrowAnyException();
        assertThatThrownBy(() -> memory.refuse(List.of(), WIDE, 100_000))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo("LimitExceededException"))
                .hasMessageContaining("it holds 0 shards, has room for 20971, and 100000 more are asked for");
    }

    @Test
    void aStreamForWhichTheNodeHasNoMemoryIsRefusedAlthoughNoQuotaIsEnforced() throws Exception {
        MovableClock clock = new MovableClock();
        ManualTimer timer = new ManualTimer();
        try (EmbeddedShardLog log = EmbeddedShardLog.open(directory.resolve("log"), new Durability.Fsync(), clock)) {
            Streams streams = Streams.open(
                    DocumentStore.open(directory.resolve("streams")),
                    log,
                    new Streams.Means(
                            new Streams.Clocks(clock, ExpiryClock.unkept(clock)),
                            timer,
                            Runnable::run,
                            MemoryPlan.ofThisProcess()),
                    new Streams.Rules(Duration.ZERO, Limits.OFF));
            int beyond = (int) ShardMemory.of(MemoryPlan.ofThisProcess()).mostShards() + 1;
            assertThatThrownBy(() -> streams.create(NewStream.provisioned(WIDE, beyond)))
                    .isInstanceOfSatisfying(
                            ServiceException.class, e -> assertThat(e.code()).isEqualTo("LimitExceededException"));
            assertThat(streams.find(WIDE)).isEmpty();
        } finally {
            timer.shutdownNow();
        }
    }
}
