package io.millrace.ingest.log.segment;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.millrace.durable.disk.SimulatedDisk;
import io.millrace.ingest.log.CorruptLogException;
import io.millrace.ingest.log.NewRecord;
import io.millrace.ingest.log.ShardBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What the embedded log finds again after a kill, a torn write and damage. */
@Timeout(120)
class RecoveryTest {
    private static final List<String> TEXTS = List.of("one", "two", "three", "four");

    /** Damage is logged with its stack trace, which is right once and useless thousands of times. */
    @BeforeAll
    static void quiet() {
        ((Logger) LoggerFactory.getLogger("io.millrace.ingest.log")).setLevel(Level.OFF);
    }

    @AfterAll
    static void loud() {
        ((Logger) LoggerFactory.getLogger("io.millrace.ingest.log")).setLevel(null);
    }

    @Test
    void aTornEndIsCutAtEveryByteAndEverythingBeforeItIsKept() throws Exception {
        SimulatedDisk killed = new SimulatedDisk();
        SteppedLog log = new SteppedLog(killed);
        TEXTS.forEach(text -> log.append(0, null, text));
        Path wal = walFile(killed);
        byte[] whole = killed.content(wal);
        int end = lastByteInUse(whole);

        for (int position = WalSegment.FIRST_FRAME_AT; position <= end + 1; position++) {
            byte[] torn = whole.clone();
            Arrays.fill(torn, position, torn.length, (byte) 0);
            SimulatedDisk disk = killed.copy();
            disk.damage(wal, torn);
            SteppedLog recovered = new SteppedLog(disk);
            List<String> kept = recovered.texts(0);
            if (kept.contains("damaged")) {
                continue; // what was cut off were zeros but for one bit: taken for damage, and nothing wrong is served
            }
            assertThat(kept).as("cut at %d", position).isEqualTo(TEXTS.subList(0, kept.size()));
            assertThat(kept).as("cut at %d", position).hasSizeGreaterThanOrEqualTo(framesBefore(whole, position));
            assertThat(recovered.append(0, null, "more").get(0).firstOffset()).isEqualTo(kept.size());
            assertThat(new SteppedLog(disk.copy()).texts(0))
                    .hasSize(kept.size() + 1)
                    .endsWith("more");
        }
    }

    @ParameterizedTest
    @CsvSource({"false,,NONE", "false,master,NONE", "true,,NONE", "true,,ZSTD", "true,master,LZ4"})
    void everySingleFlippedBitIsMendedReportedOrHarmless(boolean checkpointed, String key, BlockCodec codec)
            throws Exception {
        SimulatedDisk killed = new SimulatedDisk();
        SteppedLog first = new SteppedLog(killed, codec);
        first.append(0, key, "one", "two");
        first.append(1, key, "other");
        if (checkpointed) {
            Shard shard = first.log.shard(0);
            first.log.checkpointer().flush(shard); // so that one shard is in a file and the other in the checkpoint
            first.close();
        }
        SteppedLog second = checkpointed ? new SteppedLog(killed, codec) : first;
        second.append(0, key, "three");
        second.append(0, key, "four");

        int reported = 0;
        for (Map.Entry<Path, Integer> file : killed.files().entrySet()) {
            byte[] content = killed.content(file.getKey());
            for (int position : interesting(content)) {
                for (int bit = 0; bit < 8; bit++) {
                    byte[] flipped = content.clone();
                    flipped[position] ^= (byte) (1 << bit);
                    SimulatedDisk disk = killed.copy();
                    disk.damage(file.getKey(), flipped);
                    String what = "%s, bit %d of byte %d".formatted(file.getKey(), bit, position);
                    reported += isReportedOrHarmless(disk, what) ? 1 : 0;
                }
            }
        }
        assertThat(reported).isPositive();
    }

    /** Returns whether the damage is told of; fails when it is not and does harm. */
    private static boolean isReportedOrHarmless(SimulatedDisk disk, String what) throws IOException {
        SteppedLog recovered;
        try {
            recovered = new SteppedLog(disk);
        } catch (IOException e) {
            return true; // refused, and nothing was served
        }
        List<String> zero = recovered.texts(0);
        List<String> one = recovered.texts(1);
        boolean reported = !recovered.log.stats().damages().isEmpty();
        if (!reported || (!zero.contains("damaged") && !one.contains("damaged"))) {
            assertThat(zero).as(what).isEqualTo(TEXTS);
            assertThat(one).as(what).containsExactly("other");
        }
        zero.remove("damaged");
        assertThat(TEXTS).as(what).containsAll(zero);
        return reported;
    }

    /** Bytes in use; of the blank ones, the few behind those stand for all. */
    private static List<Integer> interesting(byte[] content) {
        List<Integer> positions = new ArrayList<>();
        int blank = 0;
        for (int i = 0; i < content.length; i++) {
            blank = content[i] == 0 ? blank + 1 : 0;
            if (blank < 80) {
                positions.add(i);
            }
        }
        return positions;
    }

    /** Returns the last byte in use of a file of the write-ahead log, but for its last page. */
    private static int lastByteInUse(byte[] content) {
        int last = content.length - WalSegment.PAGE_BYTES - 1;
        while (last > 0 && content[last] == 0) {
            last--;
        }
        return last;
    }

    @Test
    void recordsBeforeAndAfterADamagedFrameAreRead() throws Exception {
        SimulatedDisk killed = new SimulatedDisk();
        SteppedLog log = new SteppedLog(killed);
        TEXTS.forEach(text -> log.append(0, null, text));
        log.idle();
        Path wal = walFile(killed);
        byte[] content = killed.content(wal);
        int at = new String(content, ISO_8859_1).indexOf("key of two");
        Arrays.fill(content, at, at + 8, (byte) '?');
        killed.damage(wal, content);

        SteppedLog recovered = new SteppedLog(killed);

        assertThat(recovered.texts(0)).containsExactly("one", "damaged", "three", "four");
        assertThat(recovered.log.stats().damages().get(0).file()).startsWith("wal/");
        assertThat(recovered.log.stats().damages().get(0).position()).isBetween((long) at - 80, (long) at);
        recovered.close();
        SteppedLog again = new SteppedLog(killed.copy());
        assertThat(again.texts(0)).containsExactly("one", "damaged", "three", "four");
        assertThat(again.append(0, null, "five").get(0).firstOffset()).isEqualTo(4);
    }

    @Test
    void whenNobodyKnowsWhoseFramesWereLostNoOffsetIsGivenTwice() throws Exception {
        SimulatedDisk killed = new SimulatedDisk();
        SteppedLog log = new SteppedLog(killed);
        log.append(0, null, "one");
        log.append(0, null, "two");
        log.append(1, null, "other");
        log.idle();
        Path wal = walFile(killed);
        byte[] content = killed.content(wal);
        int at = new String(content, ISO_8859_1).indexOf("key of two");
        Arrays.fill(content, at - 70, at - 6, (byte) '?'); // the header too
        killed.damage(wal, content);

        SteppedLog recovered = new SteppedLog(killed);

        assertThat(recovered.texts(0)).containsExactly("one", "damaged");
        assertThat(recovered.texts(1)).containsExactly("other");
        assertThat(recovered.log.endOffset(0)).isGreaterThan(1000);
        assertThat(recovered.log.keptEndOffset(0)).isEqualTo(1);
        assertThat(recovered.append(0, null, "three").get(0).firstOffset()).isGreaterThan(1000);
        assertThat(recovered.texts(0)).containsExactly("one", "damaged", "three");
    }

    @ParameterizedTest
    @ValueSource(strings = {"zeroed", "garbled", "cut"})
    void aWriteAheadFileWithoutAHeaderIsReportedAndNoOffsetIsGivenTwice(String how) throws Exception {
        SimulatedDisk killed = new SimulatedDisk();
        SteppedLog log = new SteppedLog(killed);
        log.append(0, null, "one");
        log.checkpoint();
        log.append(0, null, "two");
        log.append(1, null, "new");
        Path wal = walFile(killed);
        byte[] content = killed.content(wal);
        int last = content.length - WalSegment.PAGE_BYTES;
        Arrays.fill(content, 0, 100, (byte) (how.equals("zeroed") ? 0 : '?'));
        Arrays.fill(content, last, content.length, (byte) (how.equals("zeroed") ? 1 : '?'));
        killed.damage(wal, how.equals("cut") ? Arrays.copyOf(content, 30) : content);

        SteppedLog recovered = new SteppedLog(killed);

        assertThat(recovered.log.stats().damages().toString()).contains("wal/" + wal.getFileName());
        assertThat(killed.files()).containsKey(Path.of(wal + ".damaged")).doesNotContainKey(wal);
        assertThat(recovered.texts(0)).containsExactly("one", "damaged");
        long next = recovered.append(0, null, "three").get(0).firstOffset();
        assertThat(next).isGreaterThan(1000);
        assertThat(recovered.append(1, null, "newer").get(0).firstOffset()).isGreaterThan(1000);
        SteppedLog again = new SteppedLog(killed.copy());
        assertThat(again.append(0, null, "four").get(0).firstOffset()).isEqualTo(next + 1);
        assertThat(again.append(2, null, "newest").get(0).firstOffset()).isGreaterThan(1000);
        assertThat(again.log.stats().damages()).isEmpty();
        assertThat(again.texts(0)).containsExactly("one", "damaged", "three", "four");
    }

    @Test
    void oneOfTheTwoHeadersOfAWriteAheadFileIsEnough() throws Exception {
        SimulatedDisk killed = new SimulatedDisk();
        SteppedLog log = new SteppedLog(killed);
        log.append(0, null, "one");
        Path wal = walFile(killed);
        for (int at : List.of(0, killed.content(wal).length - WalSegment.PAGE_BYTES)) {
            byte[] content = killed.content(wal);
            Arrays.fill(content, at, at + WalSegment.PAGE_BYTES, (byte) 0);
            SimulatedDisk disk = killed.copy();
            disk.damage(wal, content);
            assertThat(new SteppedLog(disk).texts(0)).containsExactly("one");
        }
    }

    @Test
    void aShardWhoseFirstRecordsWereLostDoesNotPassThemOver() throws Exception {
        SimulatedDisk killed = new SimulatedDisk();
        SteppedLog log = new SteppedLog(killed);
        log.append(0, null, "one");
        log.append(0, null, "two");
        log.idle();
        Path wal = walFile(killed);
        byte[] content = killed.content(wal);
        Arrays.fill(content, WalSegment.FIRST_FRAME_AT, WalSegment.FIRST_FRAME_AT + 60, (byte) '?');
        killed.damage(wal, content);

        assertThat(new SteppedLog(killed).texts(0)).containsExactly("damaged", "two");
    }

    @Test
    void bytesOfARecordThatLookLikeAFrameAreNotTakenForOne() throws Exception {
        SimulatedDisk killed = new SimulatedDisk();
        SteppedLog log = new SteppedLog(killed);
        log.append(0, null, "one");
        Frame forged = Frame.mark();
        forged.number(5, 4);
        forged.seal(0); // the salt of the file is not known to those who send records
        ShardBatch batch = new ShardBatch(0, List.of(new NewRecord(new byte[0], forged.array())));
        var unused = log.log.append(List.of(batch));
        log.idle();
        Path wal = walFile(killed);
        byte[] torn = killed.content(wal);
        int second = new String(torn, ISO_8859_1).indexOf("key of one") + "key of oneone".length();
        Arrays.fill(torn, second, second + Frame.HEADER_BYTES, (byte) 0);
        killed.damage(wal, torn);

        SteppedLog recovered = new SteppedLog(killed);

        assertThat(recovered.texts(0)).containsExactly("one");
        assertThat(recovered.log.stats().damages()).isEmpty();
        assertThat(unused).isCompleted();
    }

    @Test
    void aReadThatStopsAtItsLimitIsNoDamage() throws Exception {
        SteppedLog log = new SteppedLog(new SimulatedDisk());
        log.append(0, null, "one");
        log.log.checkpointer().flush(log.log.shard(0));
        log.append(0, null, "two");
        int one = "one".length() + "key of one".length();

        assertThat(log.log.read(0, 0, 10, one + 1L)).hasSize(1);
        assertThat(log.log.stats().damages()).isEmpty();
    }

    @Test
    void aMissingShardFileIsReportedAndTheRestIsRead() throws Exception {
        SimulatedDisk disk = new SimulatedDisk();
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        log.log.checkpointer().flush(log.log.shard(0));
        log.close();
        disk.delete(SteppedLog.DIRECTORY.resolve("shards/0-0.seg"));
        SteppedLog again = new SteppedLog(disk);
        again.append(0, null, "two");

        assertThat(again.texts(0)).containsExactly("damaged", "two");
        assertThat(again.log.stats().damages().toString()).contains("0-0.seg").contains("missing");
    }

    @Test
    void aLogWhoseCheckpointIsGoneIsRefusedAndNothingIsRemoved() throws Exception {
        SimulatedDisk disk = new SimulatedDisk();
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        log.log.checkpointer().flush(log.log.shard(0));
        log.close();
        disk.delete(SteppedLog.DIRECTORY.resolve("checkpoint.a"));
        assertThat(new SteppedLog(disk.copy()).texts(0)).containsExactly("one");
        disk.delete(SteppedLog.DIRECTORY.resolve("checkpoint.b"));
        Map<Path, Integer> before = disk.files();

        assertThatThrownBy(() -> new SteppedLog(disk)).isInstanceOf(CorruptLogException.class);
        assertThat(disk.files()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"millrace-log 1\n", "millrace-log 3\n", "something else", ""})
    void anUnknownFormatIsRefusedAndNothingIsChanged(String format) throws Exception {
        SimulatedDisk disk = new SimulatedDisk();
        SteppedLog log = new SteppedLog(disk);
        log.append(0, null, "one");
        disk.damage(SteppedLog.DIRECTORY.resolve("format"), format.getBytes(UTF_8));
        Map<Path, Integer> before = disk.files();

        assertThatThrownBy(() -> new SteppedLog(disk))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("expected: millrace-log 2");
        assertThat(disk.files()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(BlockCodec.class)
    void thePlaintextOfAnEncryptedStreamIsNowhereOnDisk(BlockCodec codec) throws Exception {
        SimulatedDisk disk = new SimulatedDisk();
        SteppedLog log = new SteppedLog(disk, codec);
        log.append(0, "master", "a secret in a file", "another secret");
        log.append(1, "master", "a secret in the checkpoint");
        log.append(2, null, "no mystery");
        log.log.checkpointer().flush(log.log.shard(0));
        log.log.rotateKeys();
        log.append(0, "master", "a secret under a new key");
        log.close();
        SteppedLog again = new SteppedLog(disk, codec);
        again.append(0, "master", "a secret in the write-ahead log");

        for (Path file : disk.files().keySet()) {
            assertThat(new String(disk.content(file), ISO_8859_1))
                    .as(file.toString())
                    .doesNotContain("secret");
        }
        assertThat(new SteppedLog(disk.copy()).texts(0))
                .containsExactly(
                        "a secret in a file",
                        "another secret",
                        "a secret under a new key",
                        "a secret in the write-ahead log");
        assertThat(new SteppedLog(disk.copy()).texts(1)).containsExactly("a secret in the checkpoint");
        assertThat(again.log.read(0, 0, 1, 1).get(0).encrypted()).isTrue();
        assertThat(again.log.read(2, 0, 1, 1).get(0).encrypted()).isFalse();
    }

    @Test
    void anEncryptedFrameCannotBePassedOffAsThatOfAnotherShard() throws Exception {
        DataKeys keys = DataKeys.open(new SimulatedDisk(), SteppedLog.DIRECTORY, new PlainKeys(), new DamageReport());
        Frame frame = keys.frame(new ShardBatch(3, List.of(new NewRecord(new byte[1], new byte[10])), "master"));
        Frame moved = Frame.of(frame.array().clone(), frame.sizeBytes(), 4, frame.count(), frame.keyNumber());

        assertThat(keys.decrypt(frame)).hasSize(17);
        assertThatThrownBy(() -> keys.decrypt(moved)).isInstanceOf(IOException.class);
    }

    @Test
    void filesOfTheWriteAheadLogAreUsedAgain() throws Exception {
        SimulatedDisk disk = new SimulatedDisk();
        SteppedLog log = new SteppedLog(disk);
        int most = 0;
        for (int i = 0; i < 300; i++) {
            log.append(i % 3, null, "x".repeat(1000) + i);
            if (i % 20 == 19) {
                log.checkpoint();
            }
            most = (int) Math.max(
                    most, disk.files().keySet().stream().filter(WalPool::isSlot).count());
        }
        assertThat(most).isLessThan(12); // of 25 and more that were filled
        assertThat(new SteppedLog(disk.copy()).texts(0)).hasSize(100);
    }

    private static Path walFile(SimulatedDisk disk) {
        return disk.files().keySet().stream()
                .filter(WalPool::isSlot)
                .filter(file -> lastByteInUse(disk.content(file)) > 0)
                .findFirst()
                .orElseThrow();
    }

    /** Returns how many frames of records end at or before a position. */
    private static int framesBefore(byte[] wal, int position) {
        int at = WalSegment.FIRST_FRAME_AT;
        int frames = 0;
        Frame frame = Frame.at(wal, at, wal.length);
        while (frame != null && frame.count() > 0 && at + frame.sizeBytes() <= position) {
            at += frame.sizeBytes();
            frames++;
            frame = Frame.at(wal, at, wal.length);
        }
        return frames;
    }
}
