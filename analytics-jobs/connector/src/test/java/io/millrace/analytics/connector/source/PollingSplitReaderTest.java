package io.millrace.analytics.connector.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.analytics.connector.FakeStream;
import io.millrace.analytics.connector.TestStreams;
import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsRemoval;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.Shard;

@Timeout(60)
class PollingSplitReaderTest {
    @TempDir
    static Path directory;

    private static TestStreams streams;

    private final Map<String, List<String>> read = new TreeMap<>();
    private final Set<String> ended = new HashSet<>();

    @BeforeAll
    static void start() throws IOException {
        streams = new TestStreams(directory);
    }

    @AfterAll
    static void stop() throws IOException {
        streams.close();
    }

    private static PollingSplitReader reader(String stream) {
        return new PollingSplitReader(
                streams.connection(),
                new StreamRef(stream),
                new KinesisSource.Options(StartFrom.trimHorizon(), Duration.ofSeconds(1), 3, Duration.ofMillis(20)));
    }

    private void fetch(PollingSplitReader reader) throws IOException {
        RecordsWithSplitIds<KinesisRecord> fetched = reader.fetch();
        take(fetched);
        fetched.recycle();
    }

    private void take(RecordsWithSplitIds<KinesisRecord> fetched) {
        for (String split = fetched.nextSplit(); split != null; split = fetched.nextSplit()) {
            for (KinesisRecord record = fetched.nextRecordFromSplit();
                    record != null;
                    record = fetched.nextRecordFromSplit()) {
                assertThat(record.shardId()).isEqualTo(split);
                read.computeIfAbsent(split, id -> new ArrayList<>())
                        .add(new String(record.data(), StandardCharsets.UTF_8));
            }
        }
        ended.addAll(fetched.finishedSplits());
    }

    private long count() {
        return read.values().stream().mapToLong(List::size).sum();
    }

    @Test
    void everyShardIsReadInItsOrder() throws Exception {
        streams.create("side-by-side", 2);
        streams.put("side-by-side", 0, 99);
        List<Shard> shards = streams.client()
                .listShards(request -> request.streamName("side-by-side"))
                .shards();
        try (PollingSplitReader reader = reader("side-by-side")) {
            reader.handleSplitsChanges(new SplitsAddition<>(shards.stream()
                    .map(shard -> new ShardSplit(shard.shardId(), StartFrom.trimHorizon()))
                    .toList()));
            while (count() < 100) {
                fetch(reader);
            }
        }
        assertThat(ended).isEmpty();
        assertThat(read).hasSize(2);
        for (List<String> shard : read.values()) {
            assertThat(shard.stream().map(Integer::valueOf)).isSorted();
        }
    }

    @Test
    void largeRecordsAheadOfABusyTaskStayWithinOneBoundAndComeOnceItGoesOn() throws Exception {
        int shards = 4;
        int count = 80;
        long bound = 16L * 1024 * 1024;
        FakeStream stream = new FakeStream(directory);
        for (int shard = 0; shard < shards; shard++) {
            stream.shard(shard);
            for (int i = 0; i < count / shards; i++) {
                stream.put(shard, SdkBytes.fromByteArrayUnsafe(new byte[512 * 1024]));
            }
        }
        KinesisSource.Options options =
                new KinesisSource.Options(StartFrom.trimHorizon(), Duration.ofSeconds(1), 4, Duration.ofMillis(5));
        try (stream;
                PollingSplitReader reader = new PollingSplitReader(
                        stream.connection(), new StreamRef("large"), options.withAheadBytes(bound))) {
            reader.handleSplitsChanges(new SplitsAddition<>(IntStream.range(0, shards)
                    .mapToObj(shard -> new ShardSplit(FakeStream.id(shard), StartFrom.trimHorizon()))
                    .toList()));
            List<RecordsWithSplitIds<KinesisRecord>> notRead = new ArrayList<>();
            long least = bound - RecordSize.largestAnswer(4);
            for (int more = 0; more < 2; ) { // the task is busy, and Flink's queue endless
                notRead.add(reader.fetch());
                assertThat(reader.heldBytes()).isLessThanOrEqualTo(bound);
                more += bytesOf(notRead) >= least ? 1 : 0;
            }
            assertThat(bytesOf(notRead)).isLessThanOrEqualTo(bound);
            notRead.forEach(fetched -> {
                take(fetched);
                fetched.recycle();
            });
            while (count() < count) {
                fetch(reader);
                assertThat(reader.heldBytes()).isLessThanOrEqualTo(bound);
            }
        }
        assertThat(read).hasSize(shards);
    }

    private static long bytesOf(List<RecordsWithSplitIds<KinesisRecord>> fetched) {
        return fetched.stream()
                .mapToLong(records -> ((FetchedRecords) records).bytes())
                .sum();
    }

    @Test
    void aShardThatEndsIsReadToItsEnd() throws Exception {
        try (FakeStream stream = new FakeStream(directory);
                PollingSplitReader reader = new PollingSplitReader(
                        stream.connection(),
                        new StreamRef("s"),
                        new KinesisSource.Options(
                                StartFrom.trimHorizon(), Duration.ofSeconds(1), 3, Duration.ofMillis(20)))) {
            stream.shard(0).put(0, 0, 9).end(0);
            reader.handleSplitsChanges(
                    new SplitsAddition<>(List.of(new ShardSplit(FakeStream.id(0), StartFrom.trimHorizon()))));
            while (stream.reads() < 2) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            TimeUnit.MILLISECONDS.sleep(50); // so that two batches of the shard wait, and come with one fetch
            while (ended.isEmpty()) {
                fetch(reader);
            }
        }
        assertThat(read.get(FakeStream.id(0))).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    }

    @Test
    void aPausedShardDeliversNothingMoreUntilItIsResumed() throws Exception {
        streams.create("paused", 1);
        ShardSplit split = new ShardSplit("shardId-000000000000", StartFrom.trimHorizon());
        try (PollingSplitReader reader = reader("paused")) {
            reader.handleSplitsChanges(new SplitsAddition<>(List.of(split)));
            streams.put("paused", 0, 0);
            while (count() < 1) {
                fetch(reader);
            }
            reader.pauseOrResumeSplits(List.of(split), List.of());
            fetch(reader); // a call that was on its way may still have come
            streams.put("paused", 1, 1);
            fetch(reader);
            assertThat(count()).isEqualTo(1);
            reader.pauseOrResumeSplits(List.of(), List.of(split));
            while (count() < 2) {
                fetch(reader);
            }
            reader.handleSplitsChanges(new SplitsRemoval<>(List.of(split)));
            fetch(reader);
            streams.put("paused", 2, 2);
            fetch(reader);
            assertThat(count()).isEqualTo(2);
        }
    }

    @Test
    void aStreamThatDoesNotExistFailsTheReader() throws Exception {
        try (PollingSplitReader reader = reader("nowhere")) {
            reader.handleSplitsChanges(
                    new SplitsAddition<>(List.of(new ShardSplit("shardId-000000000000", StartFrom.trimHorizon()))));
            assertThatThrownBy(() -> {
                        while (true) {
                            fetch(reader);
                        }
                    })
                    .isInstanceOf(FinalFailureException.class)
                    .hasMessageStartingWith(
                            "stream 'nowhere': shardId-000000000000 cannot be read: ResourceNotFoundException: ");
        }
    }
}
