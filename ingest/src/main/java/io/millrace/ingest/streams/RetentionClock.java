package io.millrace.ingest.streams;

import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The time by which records expire: the wall clock, but for jumps forward, which are believed only after they have stood for
 * a day.
 *
 * <p>A wall clock that is set forward by mistake would otherwise delete everything at once. When it is set back, records
 * live longer; that harms nobody. Over a restart the wall clock is believed. Confined to one thread.
 */
final class RetentionClock {
    private static final long TOLERANCE_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final long BELIEVED_AFTER_MILLIS = Duration.ofHours(24).toMillis();

    private final InstantSource wall;
    private final LongSupplier monotonicMillis;
    private long anchorWall;
    private long anchorMonotonic;
    private long aheadSince = Long.MAX_VALUE;

    RetentionClock(InstantSource wall, LongSupplier monotonicMillis) {
        this.wall = wall;
        this.monotonicMillis = monotonicMillis;
        anchor(wall.millis(), monotonicMillis.getAsLong());
    }

    /** Returns the time, epoch milliseconds. */
    long millis() {
        long now = wall.millis();
        long monotonic = monotonicMillis.getAsLong();
        long expected = anchorWall + (monotonic - anchorMonotonic);
        if (now <= expected + TOLERANCE_MILLIS) {
            aheadSince = Long.MAX_VALUE;
            anchor(now, monotonic);
            return now;
        }
        aheadSince = Math.min(aheadSince, monotonic);
        if (monotonic - aheadSince >= BELIEVED_AFTER_MILLIS) {
            aheadSince = Long.MAX_VALUE;
            anchor(now, monotonic);
            return now;
        }
        return expected;
    }

    private void anchor(long now, long monotonic) {
        anchorWall = now;
        anchorMonotonic = monotonic;
    }
}
