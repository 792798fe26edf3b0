package io.millrace.ingest.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.time.MovableClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link ShardLog} promises. A subclass makes the log. */
@Timeout(20)
public abstract class ShardLogContract {
    private static final int ALL = Integer.MAX_VALUE;

    @TempDir
    Path directory;

    private final MovableClock clock = new MovableClock();
    private ShardLog log;

    /** Opens an empty log, or the one that an earlier call left in the directory. */
    protected abstract ShardLog open(Path directory, InstantSource clock) throws IOException;

    @BeforeEach
    void openLog() throws IOException {
        log = open(directory, clock);
    }

    @AfterEach
    void closeLog() throws IOException {
        log.close();
    }

    @Test
    void recordsGetConsecutiveOffsetsFromZeroAndAreReadWithTheirBytes() throws Exception {
        assertThat(append(batch(7, "a", "b")).get(0).firstOffset()).isZero();
        assertThat(append(batch(7, "c")).get(0).firstOffset()).isEqualTo(2);

        assertThat(log.endOffset(7)).isEqualTo(3);
        assertThat(log.keptEndOffset(7)).isEqualTo(3);
        assertThat(log.firstOffset(7)).isZero();
        List<StoredRecord> read = log.read(7, 0, ALL, ALL);
        assertThat(read.stream().map(StoredRecord::offset)).containsExactly(0L, 1L, 2L);
        assertThat(texts(read)).containsExactly("a", "b", "c");
        assertThat(read)
                .allSatisfy(record -> assertThat(new String(record.key(), UTF_8))
                        .isEqualTo("key of " + new String(record.data(), UTF_8)));
        assertThat(texts(log.read(7, 1, 1, ALL))).containsExactly("b");
        assertThat(log.read(7, 3, ALL, ALL)).isEmpty();
    }

    @Test
    void anAppendToSeveralShardsAnswersInTheOrderGiven() throws Exception {
        append(batch(1, "first"));

        List<Appended> placed = append(batch(2, "x", "y"), batch(1, "second"), batch(2, "z"));

        assertThat(placed.stream().map(Appended::firstOffset)).containsExactly(0L, 1L, 2L);
        assertThat(texts(log.read(1, 0, ALL, ALL))).containsExactly("first", "second");
        assertThat(texts(log.read(2, 0, ALL, ALL))).containsExactly("x", "y", "z");
    }

    @Test
    void emptyKeysAndEmptyDataAndEveryByteValueAreKept() throws Exception {
        byte[] every = new byte[256];
        for (int i = 0; i < every.length; i++) {
            every[i] = (byte) i;
        }
        append(new ShardBatch(
                0, List.of(new NewRecord(new byte[0], new byte[0]), new NewRecord(new byte[65_535], every))));

        List<StoredRecord> read = log.read(0, 0, ALL, ALL);
        assertThat(read.get(0).key()).isEmpty();
        assertThat(read.get(0).data()).isEmpty();
        assertThat(read.get(1).key()).isEqualTo(new byte[65_535]);
        assertThat(read.get(1).data()).isEqualTo(every);
    }

    @Test
    void aReadStopsAtItsLimitsButGivesOneRecordAtLeast() throws Exception {
        append(batch(0, "1111", "2222", "3333"), batch(0, "4444"));
        long two = 2L * ("1111".length() + "key of 1111".length());

        assertThat(texts(log.read(0, 0, 2, ALL))).containsExactly("1111", "2222");
        assertThat(texts(log.read(0, 0, ALL, two))).containsExactly("1111", "2222");
        assertThat(texts(log.read(0, 1, ALL, two + 1))).containsExactly("2222", "3333");
        assertThat(texts(log.read(0, 2, ALL, two))).containsExactly("3333", "4444");
        assertThat(texts(log.read(0, 0, ALL, 1))).containsExactly("1111");
    }

    @Test
    void aShardThatWasNeverWrittenIsEmpty() throws Exception {
        assertThat(log.endOffset(9)).isZero();
        assertThat(log.keptEndOffset(9)).isZero();
        assertThat(log.firstOffset(9)).isZero();
        assertThat(log.offsetAtTime(9, 0)).isZero();
        assertThat(log.read(9, 0, ALL, ALL)).isEmpty();
        log.trim(9, Long.MAX_VALUE);
        assertThat(log.failure()).isEmpty();
    }

    @Test
    void arrivalTimesNeverDecreaseWithinAShardEvenWhenTheClockDoes() throws Exception {
        long before = append(batch(0, "a")).get(0).arrivalEpochMillis();
        clock.move(Duration.ofMinutes(-5));
        long after = append(batch(0, "b")).get(0).arrivalEpochMillis();

        assertThat(before).isEqualTo(clock.millis() + 300_000);
        assertThat(after).isEqualTo(before);
        assertThat(log.read(0, 0, ALL, ALL).stream().map(StoredRecord::arrivalEpochMillis))
                .containsExactly(before, before);
    }

    @Test
    void aTimeLeadsToTheFirstRecordAtOrAfterIt() throws Exception {
        long start = clock.millis();
        append(batch(0, "a", "b"));
        clock.move(Duration.ofSeconds(10));
        append(batch(0, "c"));

        assertThat(log.offsetAtTime(0, start - 1)).isZero();
        assertThat(log.offsetAtTime(0, start)).isZero();
        assertThat(log.offsetAtTime(0, start + 1)).isEqualTo(2);
        assertThat(log.offsetAtTime(0, start + 10_000)).isEqualTo(2);
        assertThat(log.offsetAtTime(0, start + 10_001)).isEqualTo(3);
    }

    @Test
    void whoWaitsForAnOffsetIsToldOnceItIsThere() throws Exception {
        append(batch(0, "a"));
        assertThat(log.available(0, 0)).isCompleted();
        CompletableFuture<Void> next = log.available(0, 1);
        CompletableFuture<Void> later = log.available(0, 5);
        CompletableFuture<Void> cancelled = log.available(0, 1);
        cancelled.cancel(false);
        assertThat(next).isNotDone();

        append(batch(0, "b", "c"));

        next.get();
        assertThat(later).isNotDone();
        assertThat(cancelled).isCancelled();
        assertThat(texts(log.read(0, 1, ALL, ALL))).containsExactly("b", "c");
    }

    @Test
    void trimmingForgetsWhatIsOlderAndNothingElse() throws Exception {
        append(batch(0, "old", "older"), batch(1, "other shard"));
        clock.move(Duration.ofHours(1));
        append(batch(0, "new"));

        log.trim(0, clock.millis());

        assertThat(log.firstOffset(0)).isEqualTo(2);
        assertThat(log.endOffset(0)).isEqualTo(3);
        assertThat(texts(log.read(0, 0, ALL, ALL))).containsExactly("new");
        assertThat(log.offsetAtTime(0, 0)).isEqualTo(2);
        assertThat(texts(log.read(1, 0, ALL, ALL))).containsExactly("other shard");

        log.trim(0, clock.millis() + 1);
        assertThat(log.firstOffset(0)).isEqualTo(3);
        assertThat(log.read(0, 0, ALL, ALL)).isEmpty();
        assertThat(append(batch(0, "next")).get(0).firstOffset()).isEqualTo(3);
    }

    @Test
    void retainingSomeShardsRemovesTheOthersForGood() throws Exception {
        append(batch(0, "kept"), batch(1, "removed"));
        CompletableFuture<Void> waiting = log.available(1, 5);

        log.retainOnly(Set.of(0L));

        assertThat(waiting).isDone();
        assertThat(log.read(1, 0, ALL, ALL)).isEmpty();
        assertThat(texts(log.read(0, 0, ALL, ALL))).containsExactly("kept");
        append(batch(0, "goes on"));
        reopen();
        log.retainOnly(Set.of(0L));
        assertThat(log.read(1, 0, ALL, ALL)).isEmpty();
        assertThat(texts(log.read(0, 0, ALL, ALL))).containsExactly("kept", "goes on");
    }

    @Test
    void aRestartKeepsRecordsOffsetsAndTimes() throws Exception {
        long first = clock.millis();
        append(batch(0, "a", "b"), batch(5, "x"));
        clock.move(Duration.ofSeconds(3));
        append(batch(0, "c"));

        reopen();
        clock.move(Duration.ofDays(-1));
        assertThat(append(batch(0, "d")).get(0)).isEqualTo(new Appended(3, first + 3000));
        reopen();

        List<StoredRecord> read = log.read(0, 0, ALL, ALL);
        assertThat(texts(read)).containsExactly("a", "b", "c", "d");
        assertThat(read.stream().map(StoredRecord::offset)).containsExactly(0L, 1L, 2L, 3L);
        assertThat(read.stream().map(StoredRecord::arrivalEpochMillis))
                .containsExactly(first, first, first + 3000, first + 3000);
        assertThat(texts(log.read(5, 0, ALL, ALL))).containsExactly("x");
        assertThat(log.endOffset(0)).isEqualTo(4);
    }

    @Test
    void appendsFromManyThreadsKeepEachThreadsOrderAndAreReadableOnceAcknowledged() throws Exception {
        int threads = 4;
        int each = 300;
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int writer = t;
            writers.add(CompletableFuture.runAsync(() -> {
                for (int i = 0; i < each; i++) {
                    String text = writer + ":" + i;
                    long shard = i % 2;
                    long offset = log.append(List.of(batch(shard, text)))
                            .join()
                            .get(0)
                            .firstOffset();
                    assertThat(readOne(shard, offset)).isEqualTo(text);
                }
            }));
        }
        CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new)).get();

        for (long shard = 0; shard < 2; shard++) {
            List<StoredRecord> read = log.read(shard, 0, ALL, ALL);
            assertThat(read).hasSize(threads * each / 2);
            for (int i = 0; i < read.size(); i++) {
                assertThat(read.get(i).offset()).isEqualTo(i);
            }
            for (int t = 0; t < threads; t++) {
                String prefix = t + ":";
                List<String> expected = new ArrayList<>();
                for (int i = (int) shard; i < each; i += 2) {
                    expected.add(prefix + i);
                }
                assertThat(texts(read).stream().filter(text -> text.startsWith(prefix)))
                        .containsExactlyElementsOf(expected);
            }
        }
    }

    @Test
    void aClosedLogTakesNothingMore() throws Exception {
        append(batch(0, "a"));
        log.close();

        assertThatThrownBy(() -> append(batch(0, "late")))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IOException.class);
        reopen();
        assertThat(texts(log.read(0, 0, ALL, ALL))).containsExactly("a");
    }

    private String readOne(long shard, long offset) {
        try {
            return texts(log.read(shard, offset, 1, ALL)).get(0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void reopen() throws IOException {
        log.close();
        log = open(directory, clock);
    }

    private List<Appended> append(ShardBatch... batches) throws Exception {
        return log.append(List.of(batches)).get();
    }

    /** Records with the given data, each under a key made of it. */
    public static ShardBatch batch(long shard, String... data) {
        return new ShardBatch(
                shard,
                Arrays.stream(data)
                        .map(text -> new NewRecord(("key of " + text).getBytes(UTF_8), text.getBytes(UTF_8)))
                        .toList());
    }

    public static List<String> texts(List<StoredRecord> records) {
        return records.stream().map(record -> new String(record.data(), UTF_8)).toList();
    }
}
