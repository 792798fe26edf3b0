package io.millrace.ingest.log.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.disk.SimulatedDisk;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What the embedded log does when a shard file cannot be opened, written or synced. */
class ShardFileFailureTest {
    private final SimulatedDisk disk = new SimulatedDisk();

    @Test
    void aShardFileThatCannotBeOpenedIsTriedAgainAndTheLogGoesOn() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        disk.failNextOpen(".seg");
        assertThatThrownBy(() -> log.log.checkpointer().flush(log.log.shard(0))).hasMessageContaining("too many");

        log.checkpoint(); // nothing was written, so there is nothing that could not be synced
        log.log.checkpointer().flush(log.log.shard(0));
        log.checkpoint();

        assertThat(log.log.failure()).isEmpty();
        log.append(0, null, "two");
        assertThat(new SteppedLog(disk.copy()).texts(0)).containsExactly("one", "two");
    }

    @Test
    void aWriteToAShardFileThatFailedHalfwayIsRepeated() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        log.log.checkpointer().flush(log.log.shard(0));
        log.append(0, null, "two");
        disk.failNextWrite(".seg");
        assertThatThrownBy(() -> log.log.checkpointer().flush(log.log.shard(0))).hasMessageContaining("injected");
        assertThat(log.texts(0)).containsExactly("one", "two");

        log.append(0, null, "three");
        log.log.checkpointer().flush(log.log.shard(0));
        log.checkpoint();

        assertThat(log.texts(0)).containsExactly("one", "two", "three");
        assertThat(new SteppedLog(disk.copy()).texts(0)).containsExactly("one", "two", "three");
    }

    @Test
    void aShardThatIsRemovedWhileANewFileIsBegunLeavesNoFile() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        log.log.checkpointer().flush(log.log.shard(0));
        log.clock.move(Duration.ofHours(2));
        log.append(0, null, "in a file of its own, since it is later");
        disk.beforeNextOpen(".seg", () -> log.log.retainOnly(Set.of()));

        log.log.checkpointer().flush(log.log.shard(0));
        log.checkpoint();

        assertThat(disk.list(SteppedLog.DIRECTORY.resolve("shards"))).isEmpty();
        assertThat(log.texts(0)).isEmpty();
        log.close();
    }

    @Test
    void afterAFailedSyncOfAShardFileNothingIsAcknowledgedAndNoCheckpointTakenUntilARestart() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        log.log.checkpointer().flush(log.log.shard(0));
        disk.failNextSync(".seg");
        log.checkpointInBackground();

        assertThat(log.log.failure()).contains("could not be synced");
        assertThatThrownBy(() -> log.append(0, null, "two"))
                .hasCauseInstanceOf(IOException.class)
                .hasMessageContaining("the log stopped after a failed write or sync");
        log.close();
        assertThat(log.log.stats().checkpoints()).isZero();
        SteppedLog again = new SteppedLog(disk.afterPowerLoss(new SplittableRandom(1)));
        assertThat(again.texts(0)).containsExactly("one");
        assertThat(again.append(0, null, "two").get(0).firstOffset()).isEqualTo(1);
    }

    @Test
    void aSyncThatFailedAheadOfACheckpointIsNotTakenForDoneByTheCheckpoint() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        log.log.checkpointer().flush(log.log.shard(0));
        disk.failNextSync(".seg");
        assertThatThrownBy(() -> log.log.shard(0).segments().get(0).sync()).hasMessageContaining("could not be synced");

        assertThatThrownBy(() -> log.checkpoint()).hasMessageContaining("could not be synced");

        assertThat(new SteppedLog(disk.afterPowerLoss(new SplittableRandom(1))).texts(0))
                .containsExactly("one");
    }

    @Test
    void muchThatIsNotSyncedIsSyncedAheadOfTheCheckpointAndWhatFollowsByIt() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "x".repeat(40_000), "y".repeat(40_000));
        log.tick(); // not tight yet
        log.log.checkpointer().flush(log.log.shard(0));
        assertThat(log.log.shard(0).unsyncedBytes()).isGreaterThan(70_000);
        log.tick();
        assertThat(log.log.shard(0).unsyncedBytes()).isZero();

        log.append(0, null, "two");
        log.log.checkpointer().flush(log.log.shard(0));
        log.checkpoint();

        for (int seed = 0; seed < 20; seed++) {
            assertThat(new SteppedLog(disk.afterPowerLoss(new SplittableRandom(seed))).texts(0))
                    .last()
                    .isEqualTo("two");
        }
    }

    @Test
    void whatACheckpointCoversSurvivesEveryLossOfPower() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "in a file");
        log.log.checkpointer().flush(log.log.shard(0));
        log.append(1, null, "in the checkpoint");
        log.checkpoint();
        for (int seed = 0; seed < 50; seed++) {
            SteppedLog again = new SteppedLog(disk.afterPowerLoss(new SplittableRandom(seed)));
            assertThat(again.texts(0)).containsExactly("in a file");
            assertThat(again.texts(1)).containsExactly("in the checkpoint");
        }
    }

    @Test
    void noFileIsRemovedBeforeTheCheckpointThatNoLongerNamesItIsDurable() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "old");
        log.log.checkpointer().flush(log.log.shard(0));
        log.checkpoint();
        log.clock.move(Duration.ofHours(2));
        log.append(0, null, "new");
        log.log.checkpointer().flush(log.log.shard(0));
        log.log.trim(0, log.clock.millis());
        log.doAll();
        disk.failNextWrite("checkpoint.a");
        assertThatThrownBy(() -> log.checkpoint()).hasMessageContaining("injected");

        SteppedLog killed = new SteppedLog(disk.copy());
        assertThat(killed.texts(0)).containsExactly("old", "new"); // the trim was not durable yet
        assertThat(killed.log.stats().damages()).isEmpty();
        log.checkpoint();
        assertThat(new SteppedLog(disk.copy()).texts(0)).containsExactly("new");
        assertThat(disk.files().keySet()).filteredOn(ShardSegment::isSegment).hasSize(1);
    }

    @Test
    void framesThatAreInACheckpointAlreadyAreNotReplayedAgain() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "in a file");
        log.log.checkpointer().flush(log.log.shard(0));
        log.append(1, null, "in the checkpoint");
        log.log.checkpointer().checkpoint(0); // as when these came while it was being taken

        SteppedLog again = new SteppedLog(disk.copy());
        assertThat(again.texts(0)).containsExactly("in a file");
        assertThat(again.texts(1)).containsExactly("in the checkpoint");
        assertThat(again.log.shard(0).tailBytes()).isZero(); // or it would be written to the file once more
        assertThat(again.append(1, null, "next").get(0).firstOffset()).isEqualTo(1);
    }
}
