package io.millrace.ingest.log.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.disk.DiskFullException;
import io.millrace.durable.disk.SimulatedDisk;
import org.junit.jupiter.api.Test;

/** What the embedded log does when its disk is full, and once it is not any more. */
class FullDiskTest {
    private static final String LARGE = "x".repeat(2000);
    private static final int ROOM_FOR_A_CHECKPOINT = 100_000;

    private final SimulatedDisk disk = new SimulatedDisk();

    @Test
    void aFullDiskRefusesAppendsServesReadsAndRoomLetsTheSameLogGoOn() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, LARGE);
        disk.setCapacity(disk.usedBytes());
        int taken = 1 + appendUntilFull(log);

        assertThat(log.log.failure()).contains("disk nearly full");
        assertThatThrownBy(() -> log.append(0, null, LARGE)).hasCauseInstanceOf(DiskFullException.class);
        assertThat(log.texts(0)).hasSize(taken);
        assertThat(log.log.stats().memoryBytes()).isEqualTo(log.log.shard(0).tailBytes());
        disk.setCapacity(1L << 40);
        log.tick();

        assertThat(log.log.failure()).isEmpty();
        assertThat(log.append(0, null, LARGE).get(0).firstOffset()).isEqualTo(taken);
        assertThat(new SteppedLog(disk.copy()).texts(0)).hasSize(taken + 1);
    }

    @Test
    void aCheckpointOfAFullLogGivesAllItsWriteAheadFilesBackButTheOneInUse() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        for (int i = 0; i < 12; i++) {
            log.append(0, null, LARGE);
        }
        log.checkpoint();
        disk.setCapacity(disk.usedBytes());
        int taken = 12 + appendUntilFull(log);
        disk.setCapacity(disk.usedBytes() + ROOM_FOR_A_CHECKPOINT);
        log.checkpointInBackground();
        log.tick();

        assertThat(disk.files().keySet()).filteredOn(WalPool::isSlot).hasSize(1);

        assertThat(log.log.failure()).isEmpty();
        assertThat(log.append(0, null, LARGE).get(0).firstOffset()).isEqualTo(taken);
    }

    private static int appendUntilFull(SteppedLog log) {
        for (int i = 0; i < 100; i++) {
            try {
                log.append(0, null, LARGE);
            } catch (java.util.concurrent.CompletionException e) {
                assertThat(e).hasCauseInstanceOf(DiskFullException.class);
                return i;
            }
        }
        throw new AssertionError("100 appends to a full disk");
    }
}
