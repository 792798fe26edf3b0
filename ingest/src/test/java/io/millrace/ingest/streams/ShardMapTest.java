package io.millrace.ingest.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The gate before the shards of a stream. */
class ShardMapTest {
    private final ShardMap map = new ShardMap(
            List.of(new ShardInfo(0, 0, HashKeyRange.evenly(1).get(0), 1, 1, null, null, null)),
            shard -> new ShardTraffic(false));

    @Test
    void whoeverIsInsideIsWaitedForAndNobodyElseEnters() {
        assertThat(map.enter()).isTrue();
        assertThat(map.enter()).isTrue();
        CompletableFuture<Void> left = map.retire();

        assertThat(map.enter()).isFalse();
        map.leave();
        assertThat(left).isNotDone();
        map.leave();
        assertThat(left).isDone();
        assertThat(map.enter()).isFalse();
    }

    @Test
    void aMapWithNobodyInsideIsRetiredAtOnce() {
        assertThat(map.retire()).isDone();
    }

    @Test
    void aStreamThatIsDeletedWhileItIsReshardedRetiresItsMapTwice() {
        assertThat(map.enter()).isTrue();
        CompletableFuture<Void> resharding = map.retire();
        CompletableFuture<Void> deletion = map.retire();
        assertThat(deletion).isNotDone();

        map.leave();

        assertThat(resharding).isDone();
        assertThat(deletion).isDone();
    }

    @Test
    void whoCouldNotEnterIsToldOfTheNextMap() {
        map.retire();
        assertThat(map.enter()).isFalse();
        assertThat(map.replaced()).isNotDone();
        map.replace();
        assertThat(map.replaced()).isDone();
    }
}
