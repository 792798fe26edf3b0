package io.millrace.ingest.log.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.disk.SimulatedDisk;
import io.millrace.durable.time.MovableClock;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.NewRecord;
import io.millrace.ingest.log.ShardBatch;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A checkpoint is drawn up, its files are synced, and it is saved: other work goes on in between. */
@Timeout(60)
class CheckpointsTest {
    private final SimulatedDisk disk = new SimulatedDisk();

    @Test
    void whatIsAppendedAndFlushedWhileTheFilesAreSyncedIsKeptToo() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "in the file that is drawn up");
        flush(log, 0);
        log.append(1, null, "in the checkpoint");
        CompletableFuture<Void> taken = log.log.checkpoints().take();
        log.workers.doOneTask();

        log.append(0, null, "later, into the same file");
        flush(log, 0);
        log.append(1, null, "later, into a new file");
        flush(log, 1);
        assertThat(taken).isNotDone();
        assertThat(log.log.stats().checkpoints()).isZero();
        log.doAll();

        assertThat(taken).isCompleted();
        assertThat(log.log.stats().checkpoints()).isEqualTo(1);
        for (int seed = 0; seed < 50; seed++) {
            SteppedLog again = new SteppedLog(disk.afterPowerLoss(new SplittableRandom(seed)));
            assertThat(again.texts(0)).containsExactly("in the file that is drawn up", "later, into the same file");
            assertThat(again.texts(1)).containsExactly("in the checkpoint", "later, into a new file");
            assertThat(again.log.stats().damages()).isEmpty();
        }
    }

    @Test
    void aCheckpointThatALaterOneHasOvertakenIsNotSaved() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "old");
        flush(log, 0);
        log.log.checkpoints().take();
        log.workers.doOneTask(); // names the old file
        appendAndTrimTheRest(log);
        log.workers.doOneTask(); // lets the old file go
        log.log.checkpoints().take();
        log.workers.doOneTask();
        log.workers.doSync(1); // of the later one
        log.workers.doOneTask();
        assertThat(disk.files().keySet()).filteredOn(ShardSegment::isSegment).hasSize(1);
        log.doAll();

        SteppedLog again = new SteppedLog(disk.copy());
        assertThat(again.texts(0)).containsExactly("new");
        assertThat(again.log.stats().damages()).isEmpty();
        assertThat(log.log.stats().checkpoints()).isEqualTo(1);
    }

    @Test
    void aFileIsNotDurableWhileItIsSyncedNorAfterThatFailed() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        flush(log, 0);
        ShardSegment file = log.log.shard(0).segments().get(0);
        List<Boolean> seen = new ArrayList<>();
        disk.beforeSyncs(name -> seen.add(file.isDurable()));
        file.sync();
        assertThat(seen).containsExactly(false);
        assertThat(file.isDurable()).isTrue();

        log.append(0, null, "two");
        flush(log, 0);
        assertThat(file.isDurable()).isFalse();
        disk.failNextSync(".seg");
        log.checkpointInBackground();
        assertThat(file.isDurable()).isFalse();
        assertThat(log.log.failure()).contains("could not be synced");
    }

    @Test
    void whateverGoesWrongWithACheckpointTheNextOneIsTaken() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "old");
        flush(log, 0);
        log.checkpoint();
        appendAndTrimTheRest(log);
        log.doAll();
        disk.breakNextOpen("checkpoint", new OutOfMemoryError("injected"));
        log.checkpointInBackground();
        assertThat(log.log.failure()).contains("injected");
        assertThat(log.log.stats().checkpoints()).isEqualTo(1);

        log.tick();

        assertThat(log.log.failure()).isEmpty();
        assertThat(log.log.stats().checkpoints()).isEqualTo(2);
        assertThat(disk.files().keySet()).filteredOn(ShardSegment::isSegment).hasSize(1);
    }

    @Test
    void aSyncThatFailedBeforeTheLogWasThereFailsItAllTheSame() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        flush(log, 0);
        StepByStep workers = new StepByStep();
        Background background = new Background(workers);
        background.sync(log.log.shard(0).segments().get(0));
        disk.failNextSync(".seg");
        workers.doOneTask();

        List<IOException> told = new ArrayList<>();
        background.onFailedSync(told::add);
        assertThat(told).hasSize(1);
    }

    @Test
    void aFileThatIsLetGoWhileACheckpointThatNamesItIsTakenIsSyncedAllTheSame() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "old");
        flush(log, 0);
        log.log.checkpoints().take();
        log.workers.doOneTask();
        appendAndTrimTheRest(log);
        log.doAll();

        assertThat(log.log.stats().checkpoints()).isEqualTo(1);
        for (int seed = 0; seed < 50; seed++) {
            SteppedLog again = new SteppedLog(disk.afterPowerLoss(new SplittableRandom(seed)));
            assertThat(again.texts(0)).containsExactly("old", "new"); // the trim was not durable yet
            assertThat(again.log.stats().damages()).isEmpty();
        }
    }

    @Test
    void aFileThatIsGoneBeforeItIsSyncedHarmsNobodyUnlessItIsStillWanted() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        flush(log, 0);
        ShardSegment file = log.log.shard(0).segments().get(0);
        disk.delete(file.path());
        assertThatThrownBy(file::sync).isInstanceOf(NoSuchFileException.class);

        log.log.retainOnly(Set.of());
        file.sync();
        log.checkpoint();
        assertThat(log.log.failure()).isEmpty();
    }

    @Test
    void aFileWhoseSyncEndedInAnErrorIsNotTakenForDurable() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        flush(log, 0);
        disk.beforeSyncs(name -> {
            if (name.endsWith(".seg")) {
                disk.beforeSyncs(any -> {});
                throw new OutOfMemoryError("injected");
            }
        });
        log.checkpointInBackground();
        log.tick();

        assertThat(log.log.failure()).contains("could not be synced");
        for (int seed = 0; seed < 50; seed++) {
            assertThat(new SteppedLog(disk.afterPowerLoss(new SplittableRandom(seed))).texts(0))
                    .containsExactly("one");
        }
    }

    @Test
    void aCheckpointIsSavedThoughALaterOneIsUnderWay() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        flush(log, 0);
        CompletableFuture<Void> earlier = log.log.checkpoints().take();
        log.workers.doOneTask();
        log.append(1, null, "two");
        flush(log, 1);
        CompletableFuture<Void> later = log.log.checkpoints().take();
        log.workers.doOneTask();
        log.workers.doSync(0); // of the earlier one
        log.workers.doOneTask();

        assertThat(earlier).isCompleted();
        assertThat(later).isNotDone();
        assertThat(log.log.stats().checkpoints()).isEqualTo(1);
        log.doAll();
        assertThat(log.log.stats().checkpoints()).isEqualTo(2);
        for (int seed = 0; seed < 50; seed++) {
            SteppedLog again = new SteppedLog(disk.afterPowerLoss(new SplittableRandom(seed)));
            assertThat(again.texts(0)).containsExactly("one");
            assertThat(again.texts(1)).containsExactly("two");
        }
    }

    @Test
    void filesThatCouldNotBeRemovedAreRemovedLater() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "old");
        flush(log, 0);
        log.append(1, null, "old");
        flush(log, 1);
        log.checkpoint();
        appendAndTrimTheRest(log);
        log.log.retainOnly(Set.of(0L));
        log.workers.doOneTask();
        disk.failNextDelete(".seg");
        log.checkpointInBackground();
        assertThat(log.log.failure()).contains("was not removed");

        log.tick();

        assertThat(log.log.failure()).isEmpty();
        assertThat(disk.files().keySet()).filteredOn(ShardSegment::isSegment).hasSize(1);
    }

    @Test
    void aFileWaitsForOneSyncHoweverOftenItIsAskedFor() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        for (int i = 0; i < 10; i++) {
            log.append(0, null, "x".repeat(40_000), "y".repeat(40_000));
            flush(log, 0);
        }
        assertThat(log.workers.waitingSyncs())
                .isEqualTo(log.log.shard(0).segments().size());
        log.doAll();
        log.append(0, null, "x".repeat(40_000), "y".repeat(40_000));
        flush(log, 0);
        assertThat(log.workers.waitingSyncs()).isEqualTo(1);
    }

    @Test
    void theFilesOfACheckpointAreSyncedTogether() throws Exception {
        int together = 4;
        CyclicBarrier inside = new CyclicBarrier(together);
        LogOptions options = LogOptions.of(new Durability.Fsync()).withMemoryBytes(1 << 20);
        try (EmbeddedShardLog log = open(options)) {
            for (int shard = 0; shard < together; shard++) {
                byte[] large = new byte[100_000]; // more than a checkpoint takes into itself
                log.append(List.of(new ShardBatch(shard, List.of(new NewRecord(new byte[] {1}, large)))))
                        .get();
            }
            disk.beforeSyncs(name -> {
                if (name.endsWith(".seg")) {
                    inside.await(30, TimeUnit.SECONDS);
                }
            });
            log.checkpoints().take().get();
            assertThat(log.failure()).isEmpty();
        }
    }

    @Test
    void closingTakesACheckpointAndWaitsForIt() throws Exception {
        LogOptions options = LogOptions.of(new Durability.Fsync()).withMemoryBytes(1 << 20);
        EmbeddedShardLog log = open(options);
        log.append(List.of(new ShardBatch(0, List.of(new NewRecord(new byte[] {1}, new byte[100_000])))))
                .get();
        disk.beforeSyncs(name -> Thread.sleep(name.endsWith(".seg") ? 200 : 0));
        log.close();

        assertThat(log.stats().checkpoints()).isEqualTo(1);
        SteppedLog again = new SteppedLog(disk.copy());
        assertThat(again.log.shard(0).tailBytes()).isZero(); // nothing was replayed
        assertThat(again.texts(0)).hasSize(1);
    }

    private EmbeddedShardLog open(LogOptions options) throws Exception {
        return EmbeddedShardLog.open(
                SteppedLog.DIRECTORY,
                new EmbeddedShardLog.Environment(
                        disk,
                        new DiskGuard(disk, SteppedLog.DIRECTORY, 0),
                        new MovableClock(),
                        new PlainKeys(),
                        options,
                        new Random(7),
                        new LogThreads()));
    }

    private static void flush(SteppedLog log, long shard) throws Exception {
        log.log.checkpointer().flush(log.log.shard(shard));
    }

    /** Puts a newer record into a file of its own and lets go the file of those before it. */
    private static void appendAndTrimTheRest(SteppedLog log) throws Exception {
        log.clock.move(Duration.ofHours(2));
        log.append(0, null, "new");
        flush(log, 0);
        log.log.trim(0, log.clock.millis());
    }
}
