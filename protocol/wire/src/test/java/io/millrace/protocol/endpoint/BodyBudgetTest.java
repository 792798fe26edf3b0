package io.millrace.protocol.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BodyBudgetTest {
    private static final long MEBIBYTE = 1024 * 1024;

    private final BodyBudget budget = new BodyBudget(10 * MEBIBYTE);
    private final List<String> granted = new ArrayList<>();

    @Test
    void largeBodiesWaitForTheirTurnAndNobodyOvertakes() {
        BodyBudget.Share first = ask("first", 3); // takes twice as much
        ask("second", 3);
        BodyBudget.Share third = ask("third", 1); // would fit, but comes after the second

        assertThat(granted).containsExactly("first");
        first.release();
        first.release();
        assertThat(granted).containsExactly("first", "second", "third");
        third.release();
        ask("fourth", 3);
        assertThat(granted).hasSize(3);
    }

    @Test
    void whoGivesUpWaitingIsForgotten() {
        BodyBudget.Share first = ask("first", 5);
        BodyBudget.Share second = ask("second", 5);
        ask("third", 5);
        second.release();
        first.release();

        assertThat(granted).containsExactly("first", "third");
    }

    @Test
    void smallBodiesNeverWaitAndABodyLargerThanAllIsReadAlone() {
        ask("whole", 100);
        if (budget.ask(64 * 1024, Runnable::run, () -> {}).isGrantedAtOnce()) {
            granted.add("small");
        }
        ask("next", 1);

        assertThat(granted).containsExactly("whole", "small");
    }

    private BodyBudget.Share ask(String name, long mebibytes) {
        BodyBudget.Share share = budget.ask(mebibytes * MEBIBYTE, Runnable::run, () -> granted.add(name));
        if (share.isGrantedAtOnce()) {
            granted.add(name);
        }
        return share;
    }
}
