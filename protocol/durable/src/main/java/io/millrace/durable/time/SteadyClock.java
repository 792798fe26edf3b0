package io.millrace.durable.time;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The time at which data arrived: the wall clock, but never earlier than before, and without its short jumps.
 *
 * <ul>
 *   <li>A jump forward of more than a minute is believed after it has stood for two minutes, or at once when the
 *     machine was
 *       suspended. So a clock that is wrong for a moment leaves no trace.
 *   <li>When the wall clock is behind the last time, this clock goes on at half speed until the wall clock has caught
 *     up: times
 *       still tell what came first.
 * </ul>
 *
 * <p>A process begins with the wall clock. Thread-safe.
 */
public final class SteadyClock implements InstantSource {
    private static final long TOLERANCE_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final long BELIEVED_AFTER_MILLIS = Duration.ofMinutes(2).toMillis();
    private static final int SLOWDOWN = 2;
    private static final Path UPTIME = Path.of("/proc/uptime");

    private final InstantSource wall;
    private final LongSupplier monotonicMillis;
    private final LongSupplier sleptMillis;
    /** The last time that was told, and when. */
    private long last;

    private long lastMonotonic;
    private long lastSlept;
    private long aheadSince = Long.MAX_VALUE;

    /**
     * Makes a clock.
     *
     * @param monotonicMillis a clock that nobody sets and that may stand still while the machine is suspended
     * @param sleptMillis for how long the machine was suspended, with any beginning; asked after a jump only
     */
    SteadyClock(InstantSource wall, LongSupplier monotonicMillis, LongSupplier sleptMillis) {
        this.wall = wall;
        this.monotonicMillis = monotonicMillis;
        this.sleptMillis = sleptMillis;
        this.last = wall.millis();
        this.lastMonotonic = monotonicMillis.getAsLong();
        this.lastSlept = sleptMillis.getAsLong();
    }

    /** Makes a clock over a wall clock. */
    public static SteadyClock over(InstantSource wall) {
        return new SteadyClock(wall, SteadyClock::systemMonotonicMillis, SteadyClock::systemSleptMillis);
    }

    private static long systemMonotonicMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** The time since the boot counts what the monotonic clock leaves out. Zero where there is none. */
    private static long systemSleptMillis() {
        try {
            String text = Files.readString(UPTIME, StandardCharsets.US_ASCII);
            double seconds = Double.parseDouble(text.substring(0, text.indexOf(' ')));
            return (long) (seconds * 1000) - systemMonotonicMillis();
        } catch (IOException | RuntimeException e) { // a machine without it, or one that hides it
            return 0;
        }
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public synchronized long millis() {
        long now = wall.millis();
        long monotonic = monotonicMillis.getAsLong();
        long passed = Math.max(0, monotonic - lastMonotonic);
        if (now < last) {
            aheadSince = Long.MAX_VALUE;
            return advanceTo(Math.max(now, last + passed / SLOWDOWN), passed < SLOWDOWN ? lastMonotonic : monotonic);
        }
        if (now <= last + passed + TOLERANCE_MILLIS || isBelieved(now - last - passed, monotonic)) {
            aheadSince = Long.MAX_VALUE;
            return advanceTo(now, monotonic);
        }
        return advanceTo(last + passed, monotonic);
    }

    private long advanceTo(long time, long monotonic) {
        last = time;
        lastMonotonic = monotonic;
        return time;
    }

    private boolean isBelieved(long ahead, long monotonic) {
        long slept = sleptMillis.getAsLong();
        boolean suspended = slept - lastSlept + TOLERANCE_MILLIS >= ahead && slept > lastSlept;
        if (suspended) {
            lastSlept = slept;
            return true;
        }
        aheadSince = Math.min(aheadSince, monotonic);
        return monotonic - aheadSince >= BELIEVED_AFTER_MILLIS;
    }
}
