package io.millrace.durable.time;

import io.millrace.durable.disk.AtomicFile;
import io.millrace.durable.disk.Directories;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time by which data expires: the wall clock, but for jumps forward, which are believed only after they have stood
 * for a day in which the process ran.
 *
 * <p>A wall clock that is set forward by mistake would otherwise delete everything at once. When it is set back, data
 * lives longer; that harms nobody. The last time is kept in a file beside the data, so that a start with a clock that
 * is ahead deletes nothing either. A start after a pause cannot be told from that: what expired in the pause lives for
 * up to one more day. Without a file, at the first start, the wall clock is believed.
 *
 * <p>The file holds the last time in epoch milliseconds, a space, and for how many milliseconds the wall clock was
 * ahead of it while a process ran. Thread-safe.
 */
public final class ExpiryClock implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(ExpiryClock.class);
    private static final long TOLERANCE_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final long BELIEVED_AFTER_MILLIS = Duration.ofHours(24).toMillis();
    private static final long SAVED_EVERY_MILLIS = Duration.ofMinutes(5).toMillis();

    private final @Nullable Path file;
    private final InstantSource wall;
    private final LongSupplier monotonicMillis;
    private long anchorWall;
    private long anchorMonotonic;
    /**
     * Since when the wall clock is ahead, by the monotonic clock; below all its times for one that was so at the start.
     */
    private long aheadSince = Long.MAX_VALUE;

    private long savedMonotonic = Long.MIN_VALUE;

    private ExpiryClock(@Nullable Path file, InstantSource wall, LongSupplier monotonicMillis) {
        this.file = file;
        this.wall = wall;
        this.monotonicMillis = monotonicMillis;
        anchor(wall.millis(), monotonicMillis.getAsLong());
    }

    /** Opens a clock that is not kept over restarts and believes the wall clock at its beginning. */
    public static ExpiryClock unkept(InstantSource wall) {
        return new ExpiryClock(null, wall, ExpiryClock::systemMonotonicMillis);
    }

    /** Opens the clock that is kept in a file; the directory of the file is created when missing. */
    public static ExpiryClock open(Path file, InstantSource wall) throws IOException {
        return open(file, wall, ExpiryClock::systemMonotonicMillis);
    }

    /**
     * Opens the clock that is kept in a file; the directory of the file is created when missing.
     *
     * @param monotonicMillis a clock that nobody sets, with any beginning
     */
    public static ExpiryClock open(Path file, InstantSource wall, LongSupplier monotonicMillis) throws IOException {
        ExpiryClock clock = new ExpiryClock(file, wall, monotonicMillis);
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            Directories.create(directory);
        }
        if (Files.exists(file)) {
            clock.load(new String(Files.readAllBytes(file), StandardCharsets.US_ASCII));
        }
        clock.save();
        return clock;
    }

    private static long systemMonotonicMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    private void load(String text) {
        String[] fields = text.strip().split(" ", -1);
        try {
            long last = Long.parseLong(fields[0]);
            long stood = Long.parseLong(fields[1]);
            if (last < anchorWall) {
                anchorWall = last;
                aheadSince = stood > 0 ? anchorMonotonic - stood : Long.MAX_VALUE;
            }
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            LOG.warn("{}: is damaged and made anew; data expires by the clock of the system", file);
        }
        if (wall.millis() - anchorWall > TOLERANCE_MILLIS) {
            LOG.info(
                    "the clock is {} s ahead of its last time here; data expires by it once it has stood for a day",
                    (wall.millis() - anchorWall) / 1000);
        }
    }

    /** Returns the time, epoch milliseconds. */
    public synchronized long millis() {
        long now = wall.millis();
        long monotonic = monotonicMillis.getAsLong();
        long expected = anchorWall + (monotonic - anchorMonotonic);
        if (now <= expected + TOLERANCE_MILLIS) {
            return believe(now, monotonic);
        }
        aheadSince = Math.min(aheadSince, monotonic);
        return monotonic - aheadSince >= BELIEVED_AFTER_MILLIS ? believe(now, monotonic) : expected;
    }

    private long believe(long now, long monotonic) {
        aheadSince = Long.MAX_VALUE;
        anchor(now, monotonic);
        return now;
    }

    private void anchor(long now, long monotonic) {
        anchorWall = now;
        anchorMonotonic = monotonic;
    }

    /** Keeps the time, at most once in five minutes. A disk that is full keeps an older one, and data lives longer. */
    public synchronized void saveSometimes() {
        if (savedMonotonic == Long.MIN_VALUE || monotonicMillis.getAsLong() - savedMonotonic >= SAVED_EVERY_MILLIS) {
            save();
        }
    }

    private void save() {
        Path target = file;
        if (target == null) {
            return;
        }
        long time = millis();
        long monotonic = monotonicMillis.getAsLong();
        long stood = aheadSince == Long.MAX_VALUE ? 0 : monotonic - aheadSince;
        savedMonotonic = monotonic;
        try {
            AtomicFile.write(
                    target, String.format(Locale.ROOT, "%d %d%n", time, stood).getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            LOG.warn("{}: cannot be written ({}); it is tried again", target, e.getMessage());
        }
    }

    /** Keeps the time for the next start. */
    @Override
    public synchronized void close() {
        save();
    }
}
