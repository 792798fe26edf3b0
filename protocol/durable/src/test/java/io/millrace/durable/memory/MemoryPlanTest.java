package io.millrace.durable.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryPlanTest {

    @ParameterizedTest
    @ValueSource(longs = {64L << 20, 256L << 20, 512L << 20, 8L << 30})
    void allSharesTogetherLeaveAFifthOfTheHeap(long heapBytes) {
        long sum = new MemoryPlan(heapBytes)
                .bytes().values().stream().mapToLong(Long::longValue).sum();

        assertThat(sum).isLessThanOrEqualTo(heapBytes / 5 * 4);
        assertThat(sum).isGreaterThan(heapBytes / 4 * 3);
    }

    @Test
    void thePlanIsToldInOneLine() {
        assertThat(new MemoryPlan(500L << 20))
                .hasToString(
                        "request bodies 85, unfinished bodies 25, log appends 95, answers 60, events 30, shards 40,"
                                + " arriving media 45, kept media 20 MiB of 500");
    }
}
