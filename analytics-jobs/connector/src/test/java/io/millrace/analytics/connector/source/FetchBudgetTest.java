package io.millrace.analytics.connector.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class FetchBudgetTest {
    private final List<String> granted = new ArrayList<>();

    private boolean take(FetchBudget budget, long bytes, String name) {
        return budget.take(bytes, () -> granted.add(name));
    }

    @Test
    void whoFindsNoRoomGetsItInTheOrderOfAsking() {
        FetchBudget budget = new FetchBudget(100);
        assertThat(take(budget, 60, "a")).isTrue();
        assertThat(take(budget, 60, "b")).isFalse();
        assertThat(take(budget, 10, "c")).as("it would fit, but b was first").isFalse();
        assertThat(granted).isEmpty();

        budget.giveBack(60);
        assertThat(granted).containsExactly("b", "c");
        assertThat(budget.taken()).isEqualTo(70);
    }

    @Test
    void whatAnAnswerDoesNotNeedIsFreeAtOnce() {
        FetchBudget budget = new FetchBudget(100);
        take(budget, 100, "a");
        take(budget, 90, "b");
        budget.settle(100, 10);
        assertThat(granted).containsExactly("b");
        assertThat(budget.taken()).isEqualTo(100);
    }

    @Test
    void anAnswerThatIsLargerThanTheBudgetGetsItAlone() {
        FetchBudget budget = new FetchBudget(100);
        assertThat(take(budget, 1_000, "a")).isTrue();
        assertThat(take(budget, 1_000, "b")).isFalse();
        budget.settle(1_000, 1_200);
        assertThat(granted).isEmpty();
        budget.giveBack(1_200);
        assertThat(granted).containsExactly("b");
        budget.giveBack(1_000);
        assertThat(budget.taken()).isZero();
    }

    @Test
    void aBusyShardKeepsNoOtherFromItsTurnAndNoneWaitsForEver() {
        FetchBudget budget = new FetchBudget(100);
        int shards = 7;
        int[] answers = new int[shards];
        Deque<Long> held = new ArrayDeque<>();
        Random random = new Random(7);
        List<Runnable> turns = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            int shard = i;
            turns.add(() -> {
                answers[shard]++;
                long bytes = shard == 0 ? 60 : random.nextInt(5);
                budget.settle(60, bytes);
                held.add(bytes);
            });
        }
        for (int round = 0; round < 1_000; round++) {
            for (int shard = 0; shard < shards; shard++) {
                if (budget.take(60, turns.get(shard))) {
                    turns.get(shard).run();
                }
            }
            while (!held.isEmpty()) {
                budget.giveBack(held.remove());
            }
        }
        assertThat(budget.taken()).isZero();
        for (int count : answers) {
            assertThat(count).isEqualTo(1_000);
        }
    }
}
