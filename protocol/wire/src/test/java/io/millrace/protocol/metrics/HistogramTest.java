package io.millrace.protocol.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class HistogramTest {
    @Test
    void aDurationIsCountedBelowTheBoundThatItEquals() {
        Histogram histogram = new Histogram();
        histogram.record(0);
        histogram.record(TimeUnit.MILLISECONDS.toNanos(1));
        histogram.record(TimeUnit.MILLISECONDS.toNanos(1) + 1);
        histogram.record(TimeUnit.HOURS.toNanos(1));

        long[] counts = histogram.counts();
        assertThat(counts).startsWith(1, 1, 1, 0);
        assertThat(counts[counts.length - 1]).isEqualTo(1);
        assertThat(LongStream.of(counts).sum()).isEqualTo(4);
        assertThat(histogram.sumSeconds()).isBetween(3600.002, 3600.003);
    }

    @Test
    void boundsGrow() {
        assertThat(Histogram.boundsSeconds())
                .isSorted()
                .startsWith(0.0005)
                .endsWith(10)
                .hasSize(14);
    }
}
