package io.millrace.video.fragments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFullException;
import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.disk.FileSystemDisk;
import io.millrace.durable.disk.SimulatedDisk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class FragmentStoreTest {
    private static final long STREAM = 7;
    private static final long OTHER = 8;
    private static final FragmentSettings SETTINGS = new FragmentSettings(1024 * 1024, 1024 * 1024);
    private static final FragmentHead HEAD = new FragmentHead("head".getBytes(StandardCharsets.US_ASCII));

    @TempDir
    Path directory;

    private FragmentStore store;
    private final Map<Long, byte[]> stored = new HashMap<>();

    @AfterEach
    void close() throws IOException {
        if (store != null) {
            store.close();
        }
    }

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

    private void open(Long... streams) throws IOException {
        openOn(new FileSystemDisk());
        for (long stream : streams) {
            store.create(stream);
        }
    }

    private void openOn(Disk disk, Long... streams) throws IOException {
        store = FragmentStore.open(
                directory,
                Set.of(streams),
                SETTINGS,
                new FragmentStore.Environment(disk, DiskGuard.of(directory), new FragmentStore.OwnThread()));
    }

    private void openAgain(Long... streams) throws IOException {
        openOn(new FileSystemDisk(), streams);
    }

    private void reopen(Long... streams) throws IOException {
        store.close();
        openAgain(streams);
    }

    /** Leaves the files as a killed process does: without a seal and without a checkpoint. */
    private void crash() throws IOException {
        Path newest = newestSegment();
        byte[] unsealed = Files.readAllBytes(newest);
        Map<Path, byte[]> state = new HashMap<>();
        for (String name : List.of("state/index-checkpoint.json", "state/epoch.json")) {
            state.put(directory.resolve(name), Files.readAllBytes(directory.resolve(name)));
        }
        store.close();
        Files.write(newest, unsealed);
        for (Map.Entry<Path, byte[]> document : state.entrySet()) {
            Files.write(document.getKey(), document.getValue());
        }
    }

    private void put(long stream, int i, int length) throws Exception {
        NewFragment fragment = fragment(i, length);
        stored.put(fragment.number(), toBytes(fragment));
        store.append(stream, fragment).get(5, TimeUnit.SECONDS);
    }

    private NewFragment fragment(int i, int length) {
        ByteBuffer bytes = bytes(i, length);
        return new NewFragment(
                store.nextNumber(),
                timeOf(i),
                HEAD,
                List.of(bytes.slice(0, length / 3), bytes.slice(length / 3, length - length / 3)));
    }

    private static FragmentTime timeOf(int i) {
        return new FragmentTime(1_000_000 + 1000L * i, 5_000_000 + 900L * i, 1000);
    }

    private static ByteBuffer bytes(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    private static byte[] toBytes(NewFragment fragment) {
        ByteBuffer all = ByteBuffer.allocate(fragment.payloadBytes());
        fragment.payload().forEach(piece -> all.put(piece.duplicate()));
        return all.array();
    }

    private StreamIndex index(long stream) {
        return store.index(stream).orElseThrow();
    }

    private List<FragmentEntry> entries(long stream) throws IOException {
        List<FragmentEntry> entries = new ArrayList<>();
        StreamIndex.Page page = index(stream).page(0);
        while (!page.entries().isEmpty()) {
            entries.addAll(page.entries());
            page = index(stream).page(page.end());
        }
        return entries;
    }

    private void assertAllReadable(long stream) throws IOException {
        assertThat(entries(stream)).isNotEmpty();
        for (FragmentEntry entry : entries(stream)) {
            assertThat(read(entry)).isEqualTo(stored.get(entry.number()));
        }
    }

    private byte[] read(FragmentEntry entry) throws IOException {
        try (FragmentReader reader = store.reader()) {
            ByteBuffer head = reader.begin(entry).orElseThrow();
            assertThat(head).isEqualTo(HEAD.bytes());
            ByteBuffer all = ByteBuffer.allocate(entry.payloadBytes());
            while (reader.remaining() > 0) {
                int count = Math.min(7001, all.remaining());
                ByteBuffer piece = all.slice(all.position(), count);
                reader.read(piece);
                all.position(all.position() + piece.position());
            }
            return all.array();
        }
    }

    private List<Path> segmentFiles() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("segments"))) {
            return files.sorted().toList();
        }
    }

    private Path newestSegment() throws IOException {
        List<Path> files = segmentFiles();
        return files.get(files.size() - 1);
    }

    private static Path only(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findFirst().orElseThrow();
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static void flipByte(Path file, long position) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(position);
            int before = open.read();
            open.seek(position);
            open.write(before ^ 0x10);
        }
    }
}
