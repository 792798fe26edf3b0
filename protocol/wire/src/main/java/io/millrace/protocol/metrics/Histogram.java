package io.millrace.protocol.metrics;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Durations by size, from half a millisecond to ten seconds. Thread-safe; recording takes no lock and makes no object.
 *
 * <p>A duration equal to a bound is counted below it, as Prometheus' {@code le} wants.
 */
public final class Histogram {
    private static final long[] BOUNDS_NANOS = {
        500_000,
        1_000_000,
        2_500_000,
        5_000_000,
        10_000_000,
        25_000_000,
        50_000_000,
        100_000_000,
        250_000_000,
        500_000_000,
        1_000_000_000,
        2_500_000_000L,
        5_000_000_000L,
        10_000_000_000L
    };

    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final LongAdder[] counts = new LongAdder[BOUNDS_NANOS.length + 1];
    private final LongAdder sumNanos = new LongAdder();

    public Histogram() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    /** Counts one duration. */
    public void record(long nanos) {
        int bucket = 0;
        while (bucket < BOUNDS_NANOS.length && nanos > BOUNDS_NANOS[bucket]) {
            bucket++;
        }
        counts[bucket].increment();
        sumNanos.add(nanos);
    }

    /**
     * Returns the upper bounds of all buckets but the last one, whose bound is infinite.
     *
     * @return in seconds, growing
     */
    public static double[] boundsSeconds() {
        double[] bounds = new double[BOUNDS_NANOS.length];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = BOUNDS_NANOS[i] / NANOS_PER_SECOND;
        }
        return bounds;
    }

    /** Returns how many durations are in each bucket by itself, the infinite one last. */
    public long[] counts() {
        long[] now = new long[counts.length];
        for (int i = 0; i < now.length; i++) {
            now[i] = counts[i].sum();
        }
        return now;
    }

    public double sumSeconds() {
        return sumNanos.sum() / NANOS_PER_SECOND;
    }
}
