package io.millrace.ingest.log.segment;

import static io.millrace.ingest.log.ShardLogContract.batch;
import static io.millrace.ingest.log.ShardLogContract.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.millrace.ingest.MovableClock;
import io.millrace.ingest.log.CorruptLogException;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.NewRecord;
import io.millrace.ingest.log.ShardBatch;
import io.millrace.ingest.log.StoredRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import org.slf4j.LoggerFactory;

/** What the embedded log finds again after a kill, a torn write and damage. */
@Timeout(120)
class RecoveryTest {
    private static final int ALL = Integer.MAX_VALUE;
    private static final int MEBIBYTE = 1024 * 1024;

    @TempDir(factory = InMemory.class)
    Path temporary;

    /** Thousands of small logs are opened and closed here; on a disk each would wait for several syncs. */
    static final class InMemory implements TempDirFactory {
        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context) throws IOException {
            Path memory = Path.of("/dev/shm");
            return Files.isWritable(memory)
                    ? Files.createTempDirectory(memory, "millrace")
                    : Files.createTempDirectory("millrace");
        }
    }

    /** Damage is logged with its stack trace, which is right once and useless thousands of times. */
    @BeforeAll
    static void quiet() {
        ((Logger) LoggerFactory.getLogger(EmbeddedShardLog.class)).setLevel(Level.OFF);
    }

    @AfterAll
    static void loud() {
        ((Logger) LoggerFactory.getLogger(EmbeddedShardLog.class)).setLevel(null);
    }

    @Test
    void aTornEndIsCutAtEveryBytePositionAndEverythingBeforeItIsKept() throws Exception {
        Path killed = killedWith("one", "two", "three", "four");
        Path wal = onlyFileIn(killed.resolve("wal"));
        byte[] whole = Files.readAllBytes(wal);
        List<Integer> ends = frameEnds(whole);

        for (int length = 0; length <= whole.length; length++) {
            Files.write(wal, java.util.Arrays.copyOf(whole, length));
            Path copy = copyOf(killed);
            int expected = wholeRecords(ends, length);
            Path killedAgain;
            try (EmbeddedShardLog log = open(copy)) {
                List<String> kept = texts(log.read(0, 0, ALL, ALL));
                assertThat(kept)
                        .as("cut at %d", length)
                        .isEqualTo(List.of("one", "two", "three", "four").subList(0, expected));
                assertThat(log.append(List.of(batch(0, "more"))).get().get(0).firstOffset())
                        .isEqualTo(expected);
                killedAgain = copyOf(copy);
            }
            for (Path later : List.of(copy, killedAgain)) { // closed, and with the torn segment no longer the last one
                try (EmbeddedShardLog log = open(later)) {
                    assertThat(texts(log.read(0, 0, ALL, ALL)))
                            .as("cut at %d, reopened", length)
                            .hasSize(expected + 1)
                            .endsWith("more");
                }
            }
            delete(killedAgain);
            delete(copy);
        }
    }

    @Test
    void everySingleFlippedBitOfAKilledLogIsDetectedOrHarmless() throws Exception {
        Path killed = killedWith("one", "two", "three");

        everyFlipIsDetectedOrHarmless(killed, List.of("one", "two", "three"));
    }

    @Test
    void everySingleFlippedBitOfAClosedLogIsDetectedOrHarmless() throws Exception {
        Path closed = temporary.resolve("closed");
        try (EmbeddedShardLog log = open(closed)) {
            for (String text : List.of("one", "two", "three")) {
                log.append(List.of(batch(0, text))).get();
            }
        }

        everyFlipIsDetectedOrHarmless(closed, List.of("one", "two", "three"));
    }

    @Test
    void everySingleFlippedBitOfALogKilledBehindACheckpointIsDetectedOrHarmless() throws Exception {
        Path live = temporary.resolve("live");
        try (EmbeddedShardLog log = open(live)) {
            log.append(List.of(batch(0, "one"))).get();
        }
        Path killed = killedWith(live, "two");

        everyFlipIsDetectedOrHarmless(killed, List.of("one", "two"));
    }

    @Test
    void aClosedLogIsAllInItsCheckpointedFiles() throws Exception {
        Path closed = temporary.resolve("closed");
        try (EmbeddedShardLog log = open(closed)) {
            log.append(List.of(batch(0, "one"), batch(3, "two"))).get();
        }

        assertThat(filesIn(closed).stream().map(file -> closed.relativize(file).toString()))
                .containsExactlyInAnyOrder(
                        "checkpoint.json", "shards/0/0000000000000000000.seg", "shards/3/0000000000000000000.seg");
    }

    @Test
    void aLogWhoseCheckpointIsGoneIsRefusedAndNothingIsRemoved() throws Exception {
        Path closed = temporary.resolve("closed");
        try (EmbeddedShardLog log = open(closed)) {
            log.append(List.of(batch(0, "one"))).get();
        }
        Path killed = killedWith(closed, "two");
        for (Path directory : List.of(closed, killed)) {
            Files.delete(directory.resolve("checkpoint.json"));
            List<Path> before = filesIn(directory);

            assertThatThrownBy(() -> open(directory)).isInstanceOf(CorruptLogException.class);
            assertThat(filesIn(directory)).isEqualTo(before);
        }
    }

    @Test
    void aLogThatMissesAWriteAheadSegmentIsRefused() throws Exception {
        Path first = killedWith("one");
        Path second = killedWith(first, "two");
        Path third = killedWith(second, "three");
        List<Path> segments = filesIn(third.resolve("wal"));
        assertThat(segments).hasSize(3);

        for (Path missing : segments.subList(0, 2)) {
            byte[] content = Files.readAllBytes(missing);
            Files.delete(missing);
            assertThatThrownBy(() -> open(third)).isInstanceOf(CorruptLogException.class);
            Files.write(missing, content);
        }
        try (EmbeddedShardLog log = open(third)) {
            assertThat(texts(log.read(0, 0, ALL, ALL))).containsExactly("one", "two", "three");
        }
    }

    @Test
    void manyMegabytesCrossSegmentsAndCheckpointsAndSurviveAKillAndAClose() throws Exception {
        Path live = temporary.resolve("live");
        Random random = new Random(5);
        List<byte[]> sent = new ArrayList<>();
        try (EmbeddedShardLog log = open(live)) {
            List<CompletableFuture<?>> puts = new ArrayList<>();
            for (int i = 0; i < 90; i++) {
                byte[] data = new byte[MEBIBYTE - random.nextInt(1000)];
                random.nextBytes(data);
                sent.add(data);
                puts.add(log.append(List.of(new ShardBatch(
                        i % 2, List.of(new NewRecord(new byte[] {(byte) i}, data))))));
                if (i % 10 == 9) {
                    CompletableFuture.allOf(puts.toArray(CompletableFuture[]::new))
                            .get();
                }
            }
            assertSent(log, sent);
            awaitCheckpoint(live);
            log.append(List.of(new ShardBatch(0, List.of(new NewRecord(new byte[] {90}, new byte[] {1})))))
                    .get();
            sent.add(new byte[] {1});
            Path killed = copyOf(live);
            try (EmbeddedShardLog recovered = open(killed)) {
                assertSent(recovered, sent);
            }
            delete(killed);
        }
        try (EmbeddedShardLog log = open(live)) {
            assertSent(log, sent);
        }
    }

    private static void assertSent(EmbeddedShardLog log, List<byte[]> sent) throws IOException {
        for (int shard = 0; shard < 2; shard++) {
            long offset = 0;
            for (int i = shard; i < sent.size(); i += 2) {
                List<StoredRecord> read = log.read(shard, offset, 1, ALL);
                assertThat(read).hasSize(1);
                assertThat(read.get(0).offset()).isEqualTo(offset);
                assertThat(read.get(0).key()).containsExactly(i);
                assertThat(read.get(0).data()).isEqualTo(sent.get(i));
                offset++;
            }
            assertThat(log.endOffset(shard)).isEqualTo(offset);
        }
    }

    private static void awaitCheckpoint(Path directory) throws InterruptedException {
        while (!Files.exists(directory.resolve("checkpoint.json"))
                || filesIn(directory.resolve("wal")).size() > 1) {
            Thread.sleep(5);
        }
    }

    /** Flips each bit of each file; reading must then give all records or fail, and never fewer or others. */
    private void everyFlipIsDetectedOrHarmless(Path directory, List<String> records) throws Exception {
        Path copy = temporary.resolve("flipped");
        int detected = 0;
        for (Path file : filesIn(directory)) {
            byte[] content = Files.readAllBytes(file);
            for (int bit = 0; bit < content.length * 8; bit++) {
                copyInto(directory, copy);
                byte[] damaged = content.clone();
                damaged[bit / 8] ^= (byte) (1 << (bit % 8));
                Files.write(copy.resolve(directory.relativize(file)), damaged);
                try (EmbeddedShardLog log = open(copy)) {
                    long fromTime = log.offsetAtTime(0, 0);
                    assertThat(texts(log.read(0, fromTime, ALL, ALL)))
                            .as("bit %d of %s", bit, file)
                            .isEqualTo(records);
                    assertThat(log.endOffset(0)).isEqualTo(records.size());
                } catch (IOException e) {
                    detected++;
                }
                delete(copy);
            }
        }
        assertThat(detected).isPositive();
    }

    /** Returns the directory as a kill would leave it a moment after these records were acknowledged. */
    private Path killedWith(String... records) throws Exception {
        return killedWith(null, records);
    }

    private Path killedWith(Path earlier, String... records) throws Exception {
        Path live = Files.createTempDirectory(temporary, "live");
        if (earlier != null) {
            copyInto(earlier, live);
        }
        try (EmbeddedShardLog log = open(live)) {
            for (String text : records) {
                log.append(List.of(batch(0, text))).get();
            }
            Path wal = filesIn(live.resolve("wal"))
                    .get(filesIn(live.resolve("wal")).size() - 1);
            long acknowledged = Files.size(wal);
            while (Files.size(wal) == acknowledged) {
                Thread.sleep(5); // the mark behind the last record comes when the writer has nothing else to do
            }
            return copyOf(live);
        }
    }

    /** Returns the position behind each frame of a write-ahead segment. */
    private static List<Integer> frameEnds(byte[] segment) {
        List<Integer> ends = new ArrayList<>();
        java.nio.ByteBuffer content = java.nio.ByteBuffer.wrap(segment);
        int position = WalSegment.HEADER_BYTES;
        while (position < segment.length) {
            position += 8 + content.getInt(position);
            ends.add(position);
        }
        return ends;
    }

    private static int wholeRecords(List<Integer> frameEnds, int length) {
        List<Integer> ofRecords = frameEnds.subList(0, frameEnds.size() - 1); // the last one is the mark
        return (int) ofRecords.stream().filter(end -> end <= length).count();
    }

    private static EmbeddedShardLog open(Path directory) throws IOException {
        return EmbeddedShardLog.open(directory, new Durability.Fsync(), new MovableClock());
    }

    private static Path onlyFileIn(Path directory) {
        List<Path> files = filesIn(directory);
        assertThat(files).hasSize(1);
        return files.get(0);
    }

    private static List<Path> filesIn(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path copyOf(Path directory) throws IOException {
        Path copy = Files.createTempDirectory(temporary, "copy");
        copyInto(directory, copy);
        return copy;
    }

    private static void copyInto(Path directory, Path copy) throws IOException {
        for (Path file : filesIn(directory)) {
            Path target = copy.resolve(directory.relativize(file));
            Files.createDirectories(target.getParent());
            Files.copy(file, target);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
