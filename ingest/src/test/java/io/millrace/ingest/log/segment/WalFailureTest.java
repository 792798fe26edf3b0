package io.millrace.ingest.log.segment;

import static io.millrace.ingest.log.ShardLogContract.batch;
import static io.millrace.ingest.log.ShardLogContract.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.disk.SimulatedDisk;
import io.millrace.durable.time.MovableClock;
import io.millrace.ingest.log.Appended;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.LogBusyException;
import io.millrace.ingest.log.NewRecord;
import io.millrace.ingest.log.ShardBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the embedded log does while its disk fails, stands still or is too slow. */
@Timeout(20)
class WalFailureTest {
    private static final int ALL = Integer.MAX_VALUE;
    private static final long MEMORY_BYTES = 100_000;

    private final SimulatedDisk disk = new SimulatedDisk();

    @ParameterizedTest
    @ValueSource(strings = {"write", "sync"})
    void afterOneFailureNothingIsAcknowledgedUntilARestartAndWhatWasAcknowledgedIsThere(String what) throws Exception {
        try (EmbeddedShardLog log = open()) {
            log.append(List.of(batch(0, "before"))).get();
            if (what.equals("write")) {
                disk.failNextWrite(".wal");
            } else {
                disk.failNextSync(".wal");
            }

            assertRefused(log.append(List.of(batch(0, "failed"))), "injected: the " + what + " failed");
            for (int i = 0; i < 20; i++) { // the disk works again; nobody may believe it
                assertRefused(log.append(List.of(batch(0, "after"))), "injected");
            }
            assertThat(log.failure()).contains("injected");
            assertThat(texts(log.read(0, 0, ALL, ALL))).containsExactly("before");
            assertThat(log.endOffset(0)).isEqualTo(1);
        }
        try (EmbeddedShardLog log = open()) {
            List<String> kept = texts(log.read(0, 0, ALL, ALL));
            assertThat(kept).first().isEqualTo("before");
            // What was written but never acknowledged may have survived, whole or not at all.
            assertThat(kept.subList(1, kept.size())).isSubsetOf("failed");
            Appended next = log.append(List.of(batch(0, "next"))).get().get(0);
            assertThat(next.firstOffset()).isEqualTo(kept.size());
            assertThat(texts(log.read(0, 0, ALL, ALL))).startsWith("before").endsWith("next");
        }
    }

    @Test
    void nothingIsAcknowledgedNorVisibleBeforeTheSyncHasReturned() throws Exception {
        try (EmbeddedShardLog log = open()) {
            CountDownLatch release = new CountDownLatch(1);
            disk.holdSyncs(release);
            CompletableFuture<Void> visible = log.available(0, 0);

            CompletableFuture<List<Appended>> put = log.append(List.of(batch(0, "a")));
            Thread.sleep(100); // gives a writer that does not wait the time to show it

            assertThat(put).isNotDone();
            assertThat(visible).isNotDone();
            assertThat(log.endOffset(0)).isZero();
            assertThat(log.read(0, 0, ALL, ALL)).isEmpty();
            release.countDown();
            put.get();
            visible.get();
            assertThat(texts(log.read(0, 0, ALL, ALL))).containsExactly("a");
        }
    }

    @Test
    void moreThanTheQueueHoldsIsRefusedAndTheSamePassesLater() throws Exception {
        try (EmbeddedShardLog log = open()) {
            CountDownLatch release = new CountDownLatch(1);
            disk.holdSyncs(release);
            List<CompletableFuture<List<Appended>>> taken = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                taken.add(log.append(List.of(tenth())));
            }

            assertThatThrownBy(() -> log.append(List.of(tenth())).get()).hasCauseInstanceOf(LogBusyException.class);
            assertThat(taken).noneMatch(CompletableFuture::isDone);
            release.countDown();
            for (CompletableFuture<List<Appended>> put : taken) {
                put.get();
            }
            assertThat(appendOnceThereIsMemory(log)).isEqualTo(10);
            assertThat(log.failure()).isEmpty();
        }
    }

    @Test
    void whateverGoesWrongWhileAFileIsMadeReadyAppendsGoOn() throws Exception {
        disk.breakNextOpen("000001.tmp", new OutOfMemoryError("injected"));
        try (EmbeddedShardLog log = open()) {
            for (int i = 0; i < 120; i++) { // more than a file holds
                appendOnceThereIsMemory(log);
            }
            assertThat(log.failure()).isEmpty();
        }
    }

    @Test
    void aFileThatCannotBeOpenedHarmsOnlyTheAppendsOfThatMoment() throws Exception {
        try (EmbeddedShardLog log = open()) {
            disk.failNextOpen("000000.wal");
            assertRefused(log.append(List.of(batch(0, "refused"))), "cannot begin its next file: injected: too many");

            assertThat(log.append(List.of(batch(0, "taken"))).get().get(0).firstOffset())
                    .isZero();
            assertThat(log.failure()).isEmpty();
            assertThat(texts(log.read(0, 0, ALL, ALL))).containsExactly("taken");
        }
        try (EmbeddedShardLog log = open()) {
            assertThat(texts(log.read(0, 0, ALL, ALL))).containsExactly("taken");
        }
    }

    @Test
    void aLogWithoutAFileSaysSoAndTriesAgainThoughNobodyAppends() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        disk.failNextOpen(".wal");
        assertThatThrownBy(() -> log.append(0, null, "refused")).hasMessageContaining("too many");
        assertThat(log.log.failure()).contains("too many");

        log.idle();

        assertThat(log.log.failure()).isEmpty();
        assertThat(log.append(0, null, "taken").get(0).firstOffset()).isZero();
        log.close();
        assertThat(new SteppedLog(disk.copy()).texts(0)).containsExactly("taken");
    }

    @Test
    void whenTheWriterEndsWithoutMemoryNobodyWaitsForIt() throws Exception {
        disk.breakNextOpen("000000.wal", new OutOfMemoryError("injected"));
        try (EmbeddedShardLog log = open()) {
            assertThatThrownBy(() -> log.append(List.of(batch(0, "first"))).get())
                    .hasMessageContaining("injected");
            assertRefused(log.append(List.of(batch(0, "second"))), "the log's writer ended");
            assertThat(log.failure()).contains("the log's writer ended");
        }
    }

    @Test
    void whateverGoesWrongBetweenTheQueueAndTheDiskNobodyWaitsForIt() throws Exception {
        InstantSource broken = () -> {
            throw new OutOfMemoryError("injected");
        };
        try (EmbeddedShardLog log = open(broken)) {
            assertThatThrownBy(() -> log.append(List.of(batch(0, "first"))).get(10, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("injected");
            assertRefused(log.append(List.of(batch(0, "second"))), "the log's writer ended");
        }
    }

    @Test
    void nothingIsAppendedAtOnce() throws Exception {
        try (EmbeddedShardLog log = open()) {
            assertThat(log.append(List.of()).get(10, TimeUnit.SECONDS)).isEmpty();
        }
    }

    @Test
    void aFileIsBegunAgainThoughTheOneInUseHasRoomForLittle() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "small");
        log.idle();
        disk.failNextOpen(".wal");
        assertThatThrownBy(() -> log.append(0, null, "x".repeat(7000))).hasMessageContaining("too many");
        assertThat(log.log.failure()).contains("too many");

        log.idle();

        assertThat(log.log.failure()).isEmpty();
        log.append(0, null, "x".repeat(7000));
        assertThat(new SteppedLog(disk.copy()).texts(0)).containsExactly("small", "x".repeat(7000));
    }

    @Test
    void whatIsReadAfterAFailedSyncIsThereAfterTheNextLossOfPowerToo() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        disk.failNextSync(".wal");
        assertThatThrownBy(() -> log.append(0, null, "never acknowledged")).hasMessageContaining("injected");

        SteppedLog restarted = new SteppedLog(disk);
        List<String> read = restarted.texts(0);
        restarted.append(0, null, "two");

        for (int seed = 0; seed < 50; seed++) {
            SteppedLog again = new SteppedLog(disk.afterPowerLoss(new SplittableRandom(seed)));
            assertThat(again.texts(0)).startsWith(read.toArray(String[]::new)).endsWith("two");
            assertThat(again.log.stats().damages()).isEmpty();
        }
    }

    @Test
    void aCheckpointWhoseNameWasNotDurableWhenTheProcessWasKilledIsReliedOnOnlyOnceItIs() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        for (int i = 0; i < 12; i++) { // several files
            log.append(0, null, i + "x".repeat(3000));
        }
        disk.failNextDirectorySync("log");
        log.checkpointInBackground();
        assertThat(log.log.failure()).contains("injected");

        SteppedLog restarted = new SteppedLog(disk); // takes the name from the page cache
        List<String> kept = restarted.texts(0);
        for (int i = 0; i < 12; i++) { // into files of which that checkpoint has no need
            restarted.append(1, null, i + "y".repeat(3000));
        }

        assertThat(kept).hasSize(12);
        for (int seed = 0; seed < 50; seed++) {
            SteppedLog again = new SteppedLog(disk.afterPowerLoss(new SplittableRandom(seed)));
            assertThat(again.texts(0)).isEqualTo(kept);
            assertThat(again.texts(1)).hasSize(12);
            assertThat(again.log.stats().damages()).isEmpty();
        }
    }

    @Test
    void aHeaderThatWasTornSoThatItCouldBeMendedIsMendedInTheFileToo() throws Exception {
        new SteppedLog(disk).append(0, null, "one");
        Path file = Path.of("/log/wal/000000.wal");
        byte[] content = disk.content(file);
        content[WalSegment.FIRST_FRAME_AT] ^= 1;
        disk.damage(file, content);

        SteppedLog restarted = new SteppedLog(disk);
        restarted.append(0, null, "two"); // into a later file, which says that the one before it was whole
        SteppedLog again = new SteppedLog(disk.copy());

        assertThat(again.texts(0)).containsExactly("one", "two");
        assertThat(again.log.stats().damages()).isEmpty();
    }

    /** Records leave the memory in the background, once it is tight. */
    private static long appendOnceThereIsMemory(EmbeddedShardLog log) throws Exception {
        while (true) {
            try {
                return log.append(List.of(tenth())).get().get(0).firstOffset();
            } catch (ExecutionException e) {
                assertThat(e).hasCauseInstanceOf(LogBusyException.class);
                Thread.sleep(1);
            }
        }
    }

    private static ShardBatch tenth() {
        return new ShardBatch(0, List.of(new NewRecord(new byte[1], new byte[9_900])));
    }

    private static void assertRefused(CompletableFuture<List<Appended>> put, String reason) {
        assertThatThrownBy(put::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IOException.class)
                .hasMessageContaining(reason);
    }

    private EmbeddedShardLog open() throws IOException {
        return open(new MovableClock());
    }

    private EmbeddedShardLog open(InstantSource clock) throws IOException {
        return EmbeddedShardLog.open(
                Path.of("/log"),
                new EmbeddedShardLog.Environment(
                        disk,
                        new DiskGuard(disk, Path.of("/log"), 0),
                        clock,
                        new PlainKeys(),
                        LogOptions.of(new Durability.Fsync())
                                .withMemoryBytes(MEMORY_BYTES)
                                .fittedTo(0),
                        new java.util.Random(1),
                        new LogThreads()));
    }
}
