package io.millrace.ingest.log.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.log.NewRecord;
import io.millrace.ingest.log.StoredRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad histories, made by hand: one for each thing a log can do wrong. */
class CheckerTest {
    private static final int BYTES = 100;
    private static final long A0 = Payload.id(1, 0);
    private static final long A1 = Payload.id(1, 1);
    private static final long A2 = Payload.id(1, 2);
    private static final long B0 = Payload.id(2, 0);

    private final Checker checker = Checker.of("by hand, seed 7");

    @TempDir
    Path directory;

    @BeforeEach
    void aShardWithTwoAcknowledgedRecordsAndOneWithoutAnAnswer() {
        checker.cycle("3");
        checker.sent(0, A0, new int[] {BYTES, BYTES});
        checker.acked(0, A0, 2, 0, 1000);
        checker.sent(0, A2, new int[] {BYTES});
    }

    @Test
    void aHistoryWithoutFaultIsClean() {
        readAll();
        checker.cycle("4");
        readAll();
        checker.readingBegins();
        good(0, A0);
        checker.readingBegins(); // the reader was killed and began again
        good(0, A0);
        good(1, A1);
        ends(2);

        checker.assertClean();
        assertThat(checker.ackedRecords()).isEqualTo(2);
        assertThat(checker.readings()).isEqualTo(3);
    }

    @Test
    void whatWasSentAndNotAcknowledgedMayBeThere() {
        checker.readingBegins();
        good(0, A0);
        good(1, A1);
        good(2, A2);
        ends(3);

        checker.assertClean();
    }

    @Test
    void anAcknowledgedRecordThatIsMissingAtTheEndIsLost() {
        checker.readingBegins();
        good(0, A0);
        ends(1);

        assertFound(Checker.Kind.LOST, "shard 0, offset 1: record 1 of writer 1, acknowledged");
        assertThat(checker.lostNothingButTheNewest()).isFalse(); // record 0 was acknowledged with it
    }

    @Test
    void aShardThatIsGoneIsLost() {
        checker.readingBegins();
        ends(0);

        assertFound(Checker.Kind.LOST, "shard 0, offset 0");
        assertThat(checker.violations()).hasSize(2);
        assertThat(checker.lostNothingButTheNewest()).isTrue();
    }

    @Test
    void aRecordThatWasReadOnceMayNotGo() {
        whatWasSentAndNotAcknowledgedMayBeThere();
        readAll();

        assertFound(Checker.Kind.LOST, "offset 2: record 2 of writer 1, read before");
    }

    @Test
    void theLossOfAnOlderRecordIsNotTheLossOfTheNewest() {
        checker.acked(0, A2, 1, 2, 1000);
        checker.readingBegins();
        good(2, A2);
        ends(3);

        assertThat(checker.lostNothingButTheNewest()).isFalse();
    }

    @Test
    void otherBytesAreDamage() {
        checker.readingBegins();
        good(0, A0);
        checker.damaged(0, 1, "the checksum in the data does not fit");
        ends(2);

        assertFound(Checker.Kind.DAMAGED, "offset 1: the checksum");
    }

    @Test
    void anotherLengthIsDamage() {
        checker.readingBegins();
        good(0, A0);
        checker.read(0, 1, 1000, A1, BYTES - 1);
        ends(2);

        assertFound(Checker.Kind.DAMAGED, "record 1 of writer 1 has 99 bytes (expected: 100)");
    }

    @Test
    void aRecordThatCannotBeReadIsAFaultUnlessDamageIsExpected() {
        Checker damaged = Checker.ofDamaged("by hand");
        for (Checker each : List.of(checker, damaged)) {
            each.sent(0, A0, new int[] {BYTES, BYTES});
            each.acked(0, A0, 2, 0, 1000);
            each.readingBegins();
            each.read(0, 0, 1000, A0, BYTES);
            each.unreadable(0, 1, 2, "an acknowledged batch is damaged");
            each.shardEnds(0, 0, 2);
            each.readingEnds();
        }

        damaged.assertClean();
        assertFound(Checker.Kind.UNREADABLE, "offset 1: an acknowledged batch is damaged");
    }

    @Test
    void evenWhereDamageIsExpectedNothingMayBeMissingInSilence() {
        Checker damaged = Checker.ofDamaged("by hand");
        damaged.sent(0, A0, new int[] {BYTES, BYTES});
        damaged.acked(0, A0, 2, 0, 1000);
        damaged.readingBegins();
        damaged.unreadable(0, 0, 1, "an acknowledged batch is damaged");
        damaged.shardEnds(0, 0, 1);
        damaged.readingEnds();

        assertThat(damaged.violations()).extracting(Checker.Violation::kind).containsExactly(Checker.Kind.LOST);
    }

    @Test
    void recordsThatAreToldToBeUnreadableTogetherAreNotMissingAndThoseBehindThemAre() {
        Checker damaged = Checker.ofDamaged("by hand");
        damaged.sent(0, A0, new int[] {BYTES, BYTES, BYTES});
        damaged.acked(0, A0, 3, 0, 1000);
        damaged.readingBegins();
        damaged.unreadable(0, 0, 2, "a block is damaged");
        damaged.shardEnds(0, 0, 2);
        damaged.readingEnds();

        assertThat(damaged.violations()).extracting(Checker.Violation::text).hasSize(1);
        assertThat(damaged.violations().get(0).text()).contains("offset 2");
    }

    @Test
    void aLogThatDoesNotSayWhereToGoOnBehindDamageIsAtFault() {
        Checker damaged = Checker.ofDamaged("by hand");
        damaged.readingBegins();
        damaged.unreadable(0, 3, 3, "a block is damaged");

        assertThat(damaged.violations()).extracting(Checker.Violation::kind).contains(Checker.Kind.UNREADABLE);
    }

    @Test
    void whatNobodySentIsUnsent() {
        checker.readingBegins();
        good(0, A0);
        good(1, A1);
        good(2, B0);
        ends(3);

        assertFound(Checker.Kind.UNSENT, "offset 2: record 0 of writer 2 was never sent there");
    }

    @Test
    void aRecordInAnotherShardIsUnsentThere() {
        readAll();
        checker.readingBegins();
        checker.read(5, 0, 1000, A2, BYTES);
        checker.shardEnds(5, 0, 1);

        assertFound(Checker.Kind.UNSENT, "shard 5, offset 0");
    }

    @Test
    void aRecordAtTwoOffsetsIsThereTwice() {
        checker.sent(0, B0, new int[] {BYTES});
        checker.readingBegins();
        good(0, A0);
        good(1, A1);
        good(2, B0);
        good(3, B0);
        ends(4);

        assertFound(Checker.Kind.TWICE, "offset 3: record 0 of writer 2 is at offset 2 too");
    }

    @Test
    void anOffsetThatShowsAnotherRecordLaterHasChanged() {
        whatWasSentAndNotAcknowledgedMayBeThere();
        checker.cycle("4");
        checker.sent(0, B0, new int[] {BYTES});
        checker.acked(0, B0, 1, 2, 1000);

        assertFound(
                Checker.Kind.CHANGED, "cycle 4: shard 0, offset 2: record 0 of writer 2, earlier record 2 of writer 1");
    }

    @Test
    void twoAcknowledgementsOfOneOffsetHaveChangedIt() {
        checker.sent(0, B0, new int[] {BYTES});
        checker.acked(0, B0, 1, 1, 1000);

        assertFound(Checker.Kind.CHANGED, "offset 1");
    }

    @Test
    void anArrivalTimeThatIsNotTheAcknowledgedOneHasChanged() {
        checker.readingBegins();
        checker.read(0, 0, 999, A0, BYTES);

        assertFound(Checker.Kind.CHANGED, "offset 0: arrived at 999, earlier at 1000");
    }

    @Test
    void anArrivalTimeBeforeTheOneBeforeWentBack() {
        checker.readingBegins();
        good(0, A0);
        good(1, A1);
        checker.read(0, 2, 999, A2, BYTES);

        assertFound(Checker.Kind.TIME_WENT_BACK, "offset 2: arrived at 999, the one before at 1000");
    }

    @Test
    void aWriterWhoseRecordsAreReadInAnotherOrderIsReordered() {
        Checker other = Checker.of("by hand");
        other.sent(0, A0, new int[] {BYTES, BYTES});
        other.readingBegins();
        other.read(0, 0, 1000, A1, BYTES);
        other.read(0, 1, 1000, A0, BYTES);

        assertThat(other.violations()).extracting(Checker.Violation::kind).containsExactly(Checker.Kind.REORDERED);
    }

    @Test
    void offsetsThatDoNotGrowAreReordered() {
        checker.readingBegins();
        good(0, A0);
        good(1, A1);
        good(1, A1);

        assertFound(Checker.Kind.REORDERED, "offset 1: comes after offset 1");
    }

    @Test
    void aGapIsExplainedByRecordsWithoutAnAnswerOnly() {
        checker.sent(0, B0, new int[] {BYTES});
        checker.acked(0, B0, 1, 3, 1000);
        checker.readingBegins();
        good(0, A0);
        good(1, A1);
        good(3, B0); // offset 2 may have been meant for the one without an answer
        ends(4);
        checker.assertClean();

        checker.sent(0, Payload.id(2, 1), new int[] {BYTES});
        checker.acked(0, Payload.id(2, 1), 1, 5, 1000);
        checker.readingBegins();
        good(0, A0);
        good(1, A1);
        good(3, B0);
        good(5, Payload.id(2, 1));
        ends(6);

        assertFound(Checker.Kind.GAP, "2 offsets show nothing, 1 records were sent and not placed");
    }

    @Test
    void anEndThatIsNotReachedIsAGap() {
        checker.readingBegins();
        good(0, A0);
        good(1, A1);
        ends(3);

        assertFound(Checker.Kind.GAP, "offset 3: the end, but reading ended at 2");
    }

    @Test
    void trimmedRecordsMayGoAndYoungerOnesMayNot() {
        checker.sent(0, B0, new int[] {BYTES});
        checker.acked(0, B0, 1, 2, 2000);
        checker.trimmed(0, 2000);
        checker.readingBegins();
        checker.read(0, 2, 2000, B0, BYTES);
        checker.shardEnds(0, 2, 3);
        checker.readingEnds();
        checker.assertClean();

        checker.readingBegins();
        checker.shardEnds(0, 3, 3);
        checker.readingEnds();
        assertFound(Checker.Kind.LOST, "offset 2: record 0 of writer 2");
    }

    @Test
    void anAcknowledgementAfterAFailureIsCountedAndBusyIsNoFailure() {
        checker.sent(0, B0, new int[] {BYTES});
        checker.refused(0, B0, Journal.BUSY);
        assertThat(checker.failure()).isEmpty();
        checker.acked(0, A2, 1, 2, 1000);
        assertThat(checker.ackedAfterFailure()).isZero();

        checker.refused(0, B0, "java.io.IOException: Input/output error");
        checker.sent(0, Payload.id(2, 1), new int[] {BYTES});
        checker.acked(0, Payload.id(2, 1), 1, 3, 1000);
        assertThat(checker.failure()).contains("Input/output");
        assertThat(checker.ackedAfterFailure()).isOne();
    }

    @Test
    void aPayloadTellsEachChangedByteAndItsPlace() {
        NewRecord record = Payload.record(4, A1, BYTES);
        assertThat(Payload.faultOf(4, StoredRecord.of(0, 0, record.key(), record.data())))
                .isEmpty();
        assertThat(Payload.faultOf(5, StoredRecord.of(0, 0, record.key(), record.data())))
                .contains("a record of shard 4");
        assertThat(Payload.faultOf(4, StoredRecord.of(0, 0, new byte[1], record.data())))
                .contains("another key");
        for (int i = 0; i < BYTES; i++) {
            byte[] data = record.data().clone();
            data[i] ^= 1;
            assertThat(Payload.faultOf(4, StoredRecord.of(0, 0, record.key(), data)))
                    .as("byte %d", i)
                    .isNotEmpty();
        }
        for (int length = 0; length < BYTES; length++) {
            byte[] data = java.util.Arrays.copyOf(record.data(), length);
            assertThat(Payload.faultOf(4, StoredRecord.of(0, 0, record.key(), data)))
                    .isNotEmpty();
        }
    }

    @Test
    void aJournalFileTellsWhatItWasTold() throws Exception {
        Path file = directory.resolve("journal.txt");
        try (JournalFile journal = JournalFile.create(file)) {
            journal.sent(3, B0, new int[] {BYTES, 30});
            journal.acked(3, B0, 2, 0, 5);
            journal.trimmed(3, 4);
            journal.refused(3, B0, "java.io.IOException: No space\nleft on device");
            journal.readingBegins();
            journal.read(3, 0, 5, B0, BYTES);
            journal.unreadable(3, 1, 2, "damage");
            journal.damaged(3, 2, "other bytes");
            journal.shardEnds(3, 0, 3);
            journal.readingEnds();
        }
        Files.writeString(file, "acked 3 17", StandardOpenOption.APPEND); // torn by a kill
        Checker replayed = Checker.of("replayed");
        JournalFile.replay(file, replayed);

        assertThat(replayed.ackedRecords()).isEqualTo(2);
        assertThat(replayed.failure()).isEqualTo("java.io.IOException: No space left on device");
        assertThat(replayed.readings()).isOne();
        assertThat(replayed.violations())
                .extracting(Checker.Violation::kind)
                .containsExactly(Checker.Kind.UNREADABLE, Checker.Kind.DAMAGED);
    }

    @Test
    void acknowledgementsBehindAPositionAreNotTold() throws Exception {
        Path file = directory.resolve("journal.txt");
        long acknowledgedBytes;
        try (JournalFile journal = JournalFile.create(file)) {
            journal.sent(3, B0, new int[] {BYTES, BYTES});
            journal.acked(3, B0, 1, 0, 5);
            acknowledgedBytes = Files.size(file);
            journal.acked(3, B0 + 1, 1, 1, 5);
            journal.refused(3, B0, "java.io.IOException: Input/output error");
        }
        Checker replayed = Checker.of("replayed");
        JournalFile.replay(file, acknowledgedBytes, replayed);

        assertThat(replayed.ackedRecords()).isOne();
        assertThat(replayed.failure()).contains("Input/output");
    }

    private void readAll() {
        checker.readingBegins();
        good(0, A0);
        good(1, A1);
        ends(2);
    }

    private void good(long offset, long id) {
        checker.read(0, offset, 1000, id, BYTES);
    }

    private void ends(long end) {
        checker.shardEnds(0, 0, end);
        checker.readingEnds();
    }

    private void assertFound(Checker.Kind kind, String where) {
        assertThat(checker.violations()).anySatisfy(violation -> {
            assertThat(violation.kind()).isEqualTo(kind);
            assertThat(violation.text()).contains(where);
        });
        assertThatThrownBy(checker::assertClean)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("by hand, seed 7")
                .hasMessageContaining(kind.name());
    }
}
