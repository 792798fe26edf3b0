package io.millrace.video.fragments;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FragmentStoreTest extends FragmentStoreCase {
    @Test
    void everythingAcknowledgedIsThereAfterARestartByteForByteWithItsTimes() throws Exception {
        open(STREAM, OTHER);
        for (int i = 0; i < 40; i++) {
            put(STREAM, i, 100_000);
            put(OTHER, i, 777);
        }
        reopen(STREAM, OTHER);

        assertThat(entries(STREAM)).hasSize(40);
        assertThat(entries(STREAM).get(3).time()).isEqualTo(timeOf(3));
        assertAllReadable(STREAM);
        assertAllReadable(OTHER);
        assertThat(segmentFiles()).hasSizeGreaterThan(4);
    }

    @Test
    void aNumberIsNeverGivenOutTwiceNotEvenOneThatWasNotStored() throws Exception {
        open(STREAM);
        put(STREAM, 0, 10);
        long announced = store.nextNumber();
        reopen(STREAM);

        String next = FragmentNumber.format(store.nextNumber());
        assertThat(next).hasSize(47).isGreaterThan(FragmentNumber.format(announced));
        assertThat(FragmentNumber.floorOf(next)).isEqualTo(FragmentNumber.floorOf("0" + next));
        assertThat(FragmentNumber.floorOf("12")).isEqualTo(-1);
        assertThat(FragmentNumber.floorOf("9".repeat(128))).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void expiredFragmentsAreForgottenAndTheirSegmentsDeletedOnceNoStreamNeedsThem() throws Exception {
        open(STREAM, OTHER);
        put(OTHER, 0, 10);
        for (int i = 0; i < 40; i++) {
            put(STREAM, i, 100_000);
        }
        int before = segmentFiles().size();
        store.expire(STREAM, timeOf(30).serverMillis());

        assertThat(entries(STREAM)).hasSize(10);
        assertThat(entries(STREAM).get(0).time()).isEqualTo(timeOf(30));
        assertThat(segmentFiles()).hasSize(before - 1);
        assertThat(index(STREAM).ordinalAfter(0)).isEqualTo(index(STREAM).first());

        store.expire(OTHER, Long.MAX_VALUE);
        assertThat(segmentFiles()).hasSize(before - 2);
        reopen(STREAM, OTHER);
        store.expire(STREAM, timeOf(30).serverMillis());
        assertThat(entries(STREAM)).hasSize(10);
        assertThat(entries(OTHER)).isEmpty();
    }

    @Test
    void aDeletedStreamIsGoneAtOnceAndAfterARestartAndItsSpaceIsFree() throws Exception {
        open(STREAM, OTHER);
        for (int i = 0; i < 25; i++) {
            put(STREAM, i, 100_000);
        }
        put(OTHER, 0, 10);
        StreamIndex index = index(STREAM);
        CountDownLatch woken = new CountDownLatch(1);
        assertThat(index.awaitBehind(index.end(), woken::countDown)).isTrue();
        store.delete(STREAM);

        assertThat(woken.getCount()).isZero();
        assertThat(index.isDeleted()).isTrue();
        assertThat(segmentFiles()).hasSize(1);
        assertThat(store.append(STREAM, fragment(99, 10))).failsWithin(5, TimeUnit.SECONDS);
        reopen(OTHER);
        assertThat(store.index(STREAM)).isEmpty();
        assertAllReadable(OTHER);
    }

    @Test
    void searchesByTimeAndNumberFindExactlyWhatTheyAskForAcrossFilesAndMemory() throws Exception {
        open(STREAM);
        Random random = new Random(1);
        List<FragmentTime> times = new ArrayList<>();
        List<CompletableFuture<FragmentEntry>> puts = new ArrayList<>();
        for (int i = 0; i < 1500; i++) {
            FragmentTime time = new FragmentTime(1000L * i, random.nextInt(1_000_000), 1 + random.nextInt(2000));
            times.add(time);
            puts.add(store.append(STREAM, new NewFragment(store.nextNumber(), time, HEAD, List.of(bytes(i, 8)))));
            if (i == 1000) {
                CompletableFuture.allOf(puts.toArray(CompletableFuture[]::new)).get(10, TimeUnit.SECONDS);
                store.maintain();
            }
        }
        CompletableFuture.allOf(puts.toArray(CompletableFuture[]::new)).get(10, TimeUnit.SECONDS);
        List<FragmentEntry> all = entries(STREAM);
        assertThat(all).extracting(FragmentEntry::time).isEqualTo(times);

        for (int round = 0; round < 50; round++) {
            long from = random.nextInt(1_000_000);
            TimeRange range = new TimeRange(FragmentTime.Clock.PRODUCER, from, from + random.nextInt(50_000));
            List<FragmentEntry> expected =
                    all.stream().filter(entry -> range.contains(entry.time())).toList();
            assertThat(index(STREAM).startingIn(range, -1, Integer.MAX_VALUE)).isEqualTo(expected);
            int pick = random.nextInt(all.size());
            assertThat(index(STREAM).ordinalAfter(all.get(pick).number())).isEqualTo(pick + 1);
            assertThat(index(STREAM).ordinalAt(FragmentTime.Clock.PRODUCER, from))
                    .isEqualTo(firstPlayingAt(all, from));
        }
    }

    @Test
    void aStreamInMemoryKeepsItsNewestFragmentsAndNothingOnDisk() throws Exception {
        open();
        store.createInMemory(STREAM);
        for (int i = 0; i < 30; i++) {
            NewFragment fragment = fragment(i, 100_000);
            stored.put(fragment.number(), toBytes(fragment));
            store.keepInMemory(STREAM, fragment);
        }

        assertThat(entries(STREAM)).hasSize(10);
        for (FragmentEntry entry : entries(STREAM)) {
            assertThat(read(entry)).isEqualTo(stored.get(entry.number()));
        }
        assertThat(Files.size(newestSegment())).isZero();
    }

    private static long firstPlayingAt(List<FragmentEntry> all, long millis) {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).time().endMillis(FragmentTime.Clock.PRODUCER) > millis) {
                return i;
            }
        }
        return all.size();
    }
}
