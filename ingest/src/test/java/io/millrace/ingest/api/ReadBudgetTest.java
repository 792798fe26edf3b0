package io.millrace.ingest.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What reads may take together, and whose an array is. */
class ReadBudgetTest {
    private static final int BLOCK_BYTES = 250_000;
    private static final long TEN_MEBIBYTES = 10L << 20;
    private static final long BESIDE_BYTES = 512 * 1024;

    @Test
    void anArrayIsUsedAgainOnceItsReadHasEndedAndNeverByTwo() {
        ReadBudget budget = new ReadBudget(ReadBudget.Sizes.OF_ANSWERS, 100L << 20);
        ReadBudget.Share first = budget.take();
        byte[] array = first.take(BLOCK_BYTES);
        byte[] other = first.take(BLOCK_BYTES);
        assertThat(other).isNotSameAs(array);

        ReadBudget.Share second = budget.take();
        assertThat(second.take(BLOCK_BYTES)).isNotSameAs(array).isNotSameAs(other);
        first.close();
        first.close();

        List<byte[]> again = List.of(
                second.take(BLOCK_BYTES - 3000), second.take(BLOCK_BYTES - 3000), second.take(BLOCK_BYTES - 3000));
        assertThat(again.subList(0, 2)).containsExactlyInAnyOrder(array, other);
        assertThat(again.get(2)).isNotSameAs(array).isNotSameAs(other);
        second.close();
    }

    @Test
    void anArrayIsAsLongAsWasAskedForAndNotMuchLonger() {
        ReadBudget budget = new ReadBudget(ReadBudget.Sizes.OF_ANSWERS, 100L << 20);
        Random random = new Random(3);
        for (int i = 0; i < 200; i++) {
            ReadBudget.Share share = budget.take();
            int length = random.nextInt(2 << 20);
            assertThat(share.take(length).length).isBetween(length, Math.max(length, length * 4 / 3 + 64));
            share.close();
        }
    }

    @Test
    void readsAreShortWhenLittleIsLeftAndAllIsGivenBack() {
        ReadBudget budget = new ReadBudget(ReadBudget.Sizes.OF_ANSWERS, 22L << 20);
        List<ReadBudget.Share> shares = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            shares.add(budget.take());
        }
        assertThat(shares.stream().map(ReadBudget.Share::recordBytes))
                .containsExactly(TEN_MEBIBYTES, TEN_MEBIBYTES, 64 * 1024L, 64 * 1024L);
        assertThat(shares.get(0).keepRecords(TEN_MEBIBYTES / 2)).isTrue();
        assertThat(budget.bytes()).isEqualTo(TEN_MEBIBYTES * 3 / 2 + 2 * BESIDE_BYTES);
        assertThat(budget.take().recordBytes()).isEqualTo(1 << 20);
        shares.forEach(ReadBudget.Share::close);
        assertThat(budget.bytes()).isEqualTo((1 << 20) + BESIDE_BYTES);
        assertThat(budget.take().recordBytes()).isEqualTo(TEN_MEBIBYTES);
    }

    @Test
    void whatWaitsToBeUsedAgainGivesWayToWhatIsHeld() {
        ReadBudget budget = new ReadBudget(ReadBudget.Sizes.OF_ANSWERS, 22L << 20);
        for (int round = 0; round < 20; round++) {
            ReadBudget.Share one = budget.take();
            ReadBudget.Share two = budget.take();
            int length = BLOCK_BYTES + 70_000 * (round % 5);
            for (int i = 0; i < TEN_MEBIBYTES / length; i++) {
                one.take(length);
                two.take(length);
                assertThat(budget.bytes()).isLessThanOrEqualTo(22L << 20);
            }
            one.close();
            two.close();
            assertThat(budget.bytes()).isBetween(8L << 20, 22L << 20);
        }
    }

    @Test
    void aRecordThatIsLargerThanWhatIsAlwaysPossibleNeedsRoom() {
        ReadBudget budget = new ReadBudget(ReadBudget.Sizes.OF_ANSWERS, 22L << 20);
        ReadBudget.Share one = budget.take();
        ReadBudget.Share two = budget.take();
        ReadBudget.Share third = budget.take();
        assertThat(third.keepRecords(TEN_MEBIBYTES)).isFalse();
        assertThat(third.keepRecords(64 * 1024)).isTrue();

        one.close();
        assertThat(third.keepRecords(TEN_MEBIBYTES)).isTrue();
        assertThat(budget.bytes()).isEqualTo(2 * (TEN_MEBIBYTES + BESIDE_BYTES));
        two.close();
        third.close();
        assertThat(budget.bytes()).isZero();
    }

    @Test
    void arraysAreFreeOnceSomethingWasMadeOfTheRecords() {
        ReadBudget budget = new ReadBudget(ReadBudget.Sizes.OF_EVENTS, 22L << 20);
        ReadBudget.Share share = budget.take();
        byte[] array = share.take(BLOCK_BYTES);
        assertThat(share.keepMade(700_000)).isTrue();
        assertThat(budget.bytes()).isEqualTo(700_000 + array.length);

        assertThat(budget.take().take(BLOCK_BYTES)).isSameAs(array);
        share.close();
    }
}
