package io.millrace.firehose.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class PositionsTest {
    private static final List<String> GROWING = List.of("", "9", "10/0", "10/1", "10/10", "10", "11", "100/2");

    @Test
    void positionsGrowBySequenceNumberAndThenByTheRecordOfAnAggregate() {
        for (int i = 0; i < GROWING.size(); i++) {
            for (int j = 0; j < GROWING.size(); j++) {
                assertThat(Integer.signum(Positions.compare(GROWING.get(i), GROWING.get(j))))
                        .as(GROWING.get(i) + " and " + GROWING.get(j))
                        .isEqualTo(Integer.compare(i, j));
            }
        }
    }

    @Test
    void numbersGrowWithPositionsAndLeaveRoomBeforeTheFirst() {
        for (int i = 2; i < GROWING.size(); i++) {
            assertThat(Positions.number(GROWING.get(i))).isGreaterThan(Positions.number(GROWING.get(i - 1)));
        }
        assertThat(Positions.numberBefore("10/0")).isLessThan(Positions.number("10/0"));
        assertThat(Positions.numberBefore("10/0")).isGreaterThan(Positions.number("9"));
    }

    @Test
    void aRangeThatGoesBackIsRefused() {
        assertThatThrownBy(() -> new ShardRange("s", "5", "5", "6")).hasMessageContaining("growing positions");
        assertThatThrownBy(() -> new ShardRange("s", "5", "7", "6")).hasMessageContaining("growing positions");
    }
}
