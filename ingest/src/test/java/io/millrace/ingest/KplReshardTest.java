package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import io.millrace.ingest.AggregatedRecord.UserRecord;
import io.millrace.ingest.ProducedRecords.Found;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.kinesis.producer.UserRecordResult;

/** The Kinesis Producer Library while the shards of its stream are split and merged under it. */
@Timeout(180)
class KplReshardTest {
    private static final String STREAM = "resharded";
    private static final int PAUSE_EVERY = 20;

    @TempDir
    static Path directory;

    /** A record put and what became of it. */
    private record Put(UserRecord record, ListenableFuture<UserRecordResult> result) {}

    @Test
    void kplGoesOnAcrossAReshard() throws Exception {
        try (StreamsServer server = StreamsServer.start(directory.resolve("node"));
                ProducedRecords produced = new ProducedRecords(server, STREAM, 2)) {
            ConcurrentLinkedQueue<Put> puts = new ConcurrentLinkedQueue<>();
            try (Producer producer = new Producer(server, STREAM, directory, c -> c)) {
                AtomicBoolean enough = new AtomicBoolean();
                CompletableFuture<Void> putting = CompletableFuture.runAsync(() -> putUntil(enough, producer, puts));
                awaitMore(puts);
                split(produced);
                awaitMore(puts);
                merge(produced);
                awaitMore(puts);
                produced.client()
                        .updateShardCount(
                                r -> r.streamName(STREAM).targetShardCount(4).scalingType("UNIFORM_SCALING"));
                produced.awaitActive();
                awaitMore(puts);
                enough.set(true);
                putting.get();
            }
            List<Found> found = produced.all();
            Map<UserRecord, List<Found>> byRecord = found.stream().collect(Collectors.groupingBy(Found::record));
            assertThat(byRecord.keySet())
                    .containsExactlyInAnyOrderElementsOf(
                            puts.stream().map(Put::record).toList());
            for (Put put : puts) {
                assertStandsWhereTold(byRecord.get(put.record()), put.result().get());
            }
            List<Shard> shards = produced.shards();
            assertThat(shards).hasSizeGreaterThan(4);
            assertThat(found.stream().map(Found::shardId).distinct()).hasSizeGreaterThan(4);
        }
    }

    /** The producer puts again what went to a shard that it did not expect; what it put once stands once. */
    private static void assertStandsWhereTold(List<Found> found, UserRecordResult told) {
        assertThat(told.isSuccessful()).isTrue();
        assertThat(found).hasSizeBetween(1, told.getAttempts().size());
        assertThat(found).anySatisfy(one -> {
            assertThat(one.shardId()).isEqualTo(told.getShardId());
            assertThat(one.sequenceNumber()).isEqualTo(told.getSequenceNumber());
        });
    }

    private static void putUntil(AtomicBoolean enough, Producer producer, ConcurrentLinkedQueue<Put> puts) {
        for (int i = 0; !enough.get(); i++) {
            UserRecord record = new UserRecord("key-" + i % 300, null, "data-" + i);
            puts.add(new Put(record, producer.put(record)));
            if (i % PAUSE_EVERY == 0) {
                try {
                    TimeUnit.MILLISECONDS.sleep(5);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    /** Waits until a thousand records put from now on have been accepted. */
    private static void awaitMore(ConcurrentLinkedQueue<Put> puts) throws Exception {
        int wanted = puts.size() + 1000;
        while (puts.size() < wanted) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        List<Put> all = new ArrayList<>(puts);
        all.get(wanted - 1).result().get();
    }

    private static void split(ProducedRecords produced) throws InterruptedException {
        Shard first = produced.shards().get(0);
        BigInteger middle = new BigInteger(first.hashKeyRange().startingHashKey())
                .add(new BigInteger(first.hashKeyRange().endingHashKey()))
                .shiftRight(1);
        produced.client()
                .splitShard(
                        r -> r.streamName(STREAM).shardToSplit(first.shardId()).newStartingHashKey(middle.toString()));
        produced.awaitActive();
    }

    /** Merges the two shards that the split has made. */
    private static void merge(ProducedRecords produced) throws InterruptedException {
        List<Shard> shards = produced.shards();
        Shard lower = shards.get(shards.size() - 2);
        Shard upper = shards.get(shards.size() - 1);
        produced.client()
                .mergeShards(
                        r -> r.streamName(STREAM).shardToMerge(lower.shardId()).adjacentShardToMerge(upper.shardId()));
        produced.awaitActive();
    }
}
