package io.millrace.video.fragments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.disk.DiskFullException;
import io.millrace.durable.disk.SimulatedDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a fragment store does when its disk fails, is full, or holds damage. */
@Timeout(30)
class FragmentStoreFaultsTest extends FragmentStoreCase {
    @Test
    void withoutItsIndexOrCheckpointTheStoreFindsEverythingInTheSegments() throws Exception {
        open(STREAM);
        for (int i = 0; i < 40; i++) {
            put(STREAM, i, 100_000);
        }
        store.close();
        deleteAll(directory.resolve("index").resolve(Long.toString(STREAM)));
        openAgain(STREAM);
        assertThat(entries(STREAM)).hasSize(40);
        assertAllReadable(STREAM);

        store.close();
        Files.delete(directory.resolve("state/index-checkpoint.json"));
        openAgain(STREAM);
        assertThat(entries(STREAM)).hasSize(40);

        store.close();
        flipByte(only(directory.resolve("index").resolve(Long.toString(STREAM))), 130);
        openAgain(STREAM);
        assertThat(entries(STREAM)).hasSize(40);
        assertAllReadable(STREAM);
    }

    @Test
    void anAcknowledgementWaitsForTheSyncThatCoversIt() throws Exception {
        CountDownLatch syncing = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        openOn(FaultyDisk.slowSync(syncing, release));
        store.create(STREAM);
        CompletableFuture<FragmentEntry> done = store.append(STREAM, fragment(0, 10));

        assertThat(syncing.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(done).isNotDone();
        assertThat(index(STREAM).end()).isZero();
        release.countDown();
        done.get(5, TimeUnit.SECONDS);
        assertThat(index(STREAM).end()).isEqualTo(1);
    }

    @Test
    void afterAFailedSyncNothingIsAcknowledgedAnyMore() throws Exception {
        openOn(FaultyDisk.failingSync());
        store.create(STREAM);

        assertThat(store.append(STREAM, fragment(0, 10)))
                .failsWithin(5, TimeUnit.SECONDS)
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .withMessageContaining("the disk is gone");
        assertThat(store.append(STREAM, fragment(1, 10))).failsWithin(5, TimeUnit.SECONDS);
        assertThat(store.failure()).contains("the disk is gone");
        assertThat(entries(STREAM)).isEmpty();
    }

    @Test
    void aFullDiskRefusesFragmentsUntilThereIsRoomAgain() throws Exception {
        AtomicLong free = new AtomicLong(10_000);
        openOn(FaultyDisk.small(free));
        store.create(STREAM);
        store.append(STREAM, fragment(0, 3000)).get(5, TimeUnit.SECONDS);
        for (int i = 1; i < 4; i++) {
            assertThat(store.append(STREAM, fragment(i, 20_000)))
                    .failsWithin(5, TimeUnit.SECONDS)
                    .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                    .withCauseInstanceOf(DiskFullException.class);
        }
        assertThat(entries(STREAM)).hasSize(1);
        assertThat(store.hasFailedForGood()).isFalse();
        free.set(Long.MAX_VALUE);
        for (int i = 4; i < 8; i++) {
            store.append(STREAM, fragment(i, 20_000)).get(5, TimeUnit.SECONDS);
        }
        assertThat(store.failure()).isEmpty();
        crash();
        openAgain(STREAM);

        assertThat(entries(STREAM)).hasSize(5);
        for (FragmentEntry entry : entries(STREAM)) {
            read(entry);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void withoutAPartOfItsIndexTheStoreFindsEverythingInTheSegments(boolean wholeFile) throws Exception {
        open(STREAM, OTHER);
        for (int i = 0; i < 40; i++) {
            put(STREAM, i, 100_000);
            put(OTHER, i, 100_000);
        }
        store.close();
        Path index = directory.resolve("index/%d/%019d.idx".formatted(STREAM, 0));
        if (wholeFile) {
            Files.delete(index);
        } else {
            Files.write(index, java.util.Arrays.copyOf(Files.readAllBytes(index), 3 * FragmentEntry.BYTES));
        }
        openAgain(STREAM, OTHER);
        assertThat(entries(STREAM)).hasSize(40);
        assertThat(entries(OTHER)).hasSize(40);
        assertAllReadable(STREAM);
        assertAllReadable(OTHER);
    }

    @Test
    void afterAStartThatWasInterruptedTheIndexIsStillBelieved() throws Exception {
        open(STREAM);
        for (int i = 0; i < 40; i++) {
            put(STREAM, i, 100_000);
        }
        store.close();
        assertThatThrownBy(() -> openOn(FaultyDisk.withoutSegments(), STREAM)).hasMessage("interrupted");
        Path oldest = segmentFiles().get(0);
        byte[] content = Files.readAllBytes(oldest);
        content[10] ^= 1; // nobody looks at it unless the index is made anew
        Files.write(oldest, content);

        openAgain(STREAM);
        assertThat(entries(STREAM)).hasSize(40);
    }

    @Test
    void anIndexOfWhichASyncFailedIsNotSyncedAgain() throws Exception {
        SimulatedDisk disk = new SimulatedDisk();
        IndexFiles files = new IndexFiles(disk, Path.of("/9"));
        files.create();
        files.force();
        open(STREAM);
        put(STREAM, 0, 10);
        files.write(0, entries(STREAM));
        disk.failNextSync(".idx");

        assertThatThrownBy(files::force).hasMessage("injected: the sync failed");
        assertThatThrownBy(files::force).hasMessageContaining("an earlier sync of the index failed");
    }

    @Test
    void afterAnErrorOfTheWriterNobodyWaitsForEver() throws Exception {
        openOn(FaultyDisk.withoutMemory());
        store.create(STREAM);

        assertThat(store.append(STREAM, fragment(0, 10))).failsWithin(5, TimeUnit.SECONDS);
        assertThat(store.append(STREAM, fragment(1, 10))).failsWithin(5, TimeUnit.SECONDS);
        assertThat(store.failure()).contains("no memory is left");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 1000, 5000})
    void aTornEndIsCutOffAndEverythingBeforeItKept(int torn) throws Exception {
        open(STREAM);
        for (int i = 0; i < 5; i++) {
            put(STREAM, i, 3000);
        }
        crash();
        Path newest = newestSegment();
        byte[] whole = Files.readAllBytes(newest);
        byte[] cut = java.util.Arrays.copyOf(whole, whole.length - torn);
        Files.write(newest, cut);
        int lost = torn <= 3072 ? 1 : 2; // a record of 3000 bytes takes 3072
        openAgain(STREAM);

        assertThat(entries(STREAM)).hasSize(5 - lost);
        for (FragmentEntry entry : entries(STREAM)) {
            assertThat(read(entry)).isEqualTo(stored.get(entry.number()));
        }
        put(STREAM, 6, 10);
        reopen(STREAM);
        assertThat(entries(STREAM)).hasSize(6 - lost);
    }

    @Test
    void zerosAtTheEndAreATornEndToo() throws Exception {
        open(STREAM);
        put(STREAM, 0, 3000);
        crash();
        Path newest = newestSegment();
        byte[] grown = java.util.Arrays.copyOf(Files.readAllBytes(newest), 100_000);
        java.util.Arrays.fill(grown, 3200, grown.length, (byte) 0);
        Files.write(newest, grown);
        openAgain(STREAM);

        assertAllReadable(STREAM);
        assertThat(Files.size(newest)).isLessThan(4000);
    }

    @ParameterizedTest
    @ValueSource(ints = {130, 200, 3300})
    void damageBeforeTheEndOfTheNewestSegmentIsReportedAndNothingIsChanged(int position) throws Exception {
        open(STREAM);
        for (int i = 0; i < 5; i++) {
            put(STREAM, i, 3000);
        }
        crash();
        Path newest = newestSegment();
        flipByte(newest, position);
        byte[] before = Files.readAllBytes(newest);

        assertThatThrownBy(() -> openAgain(STREAM))
                .isInstanceOf(CorruptFragmentsException.class)
                .hasMessageContaining("an acknowledged record is damaged");
        assertThat(Files.readAllBytes(newest)).isEqualTo(before);
    }

    @Test
    void aDamagedClosedSegmentIsNotHandedOutWhole() throws Exception {
        open(STREAM);
        for (int i = 0; i < 15; i++) {
            put(STREAM, i, 100_000);
        }
        FragmentEntry third = entries(STREAM).get(2);
        flipByte(segmentFiles().get(0), third.place().position() + 64 + 50_000);

        assertThatThrownBy(() -> read(third)).isInstanceOf(CorruptFragmentsException.class);
        assertThat(read(entries(STREAM).get(1))).hasSize(100_000);
    }
}
