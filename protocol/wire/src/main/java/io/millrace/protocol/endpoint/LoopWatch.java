package io.millrace.protocol.endpoint;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Notes when each event loop last had time for a task, since one that is blocked serves none of its connections.
 * Thread-safe.
 */
final class LoopWatch {
    private static final long BEAT_MILLIS = 500;

    private final LongSupplier nanoTime;
    private final List<AtomicLong> beats = new ArrayList<>(); // only read once it is made

    private LoopWatch(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    static LoopWatch over(Iterable<? extends EventExecutor> loops, LongSupplier nanoTime) {
        LoopWatch watch = new LoopWatch(nanoTime);
        for (EventExecutor loop : loops) {
            AtomicLong beat = new AtomicLong(nanoTime.getAsLong());
            watch.beats.add(beat);
            loop.scheduleWithFixedDelay(
                    () -> beat.setRelease(nanoTime.getAsLong()), BEAT_MILLIS, BEAT_MILLIS, TimeUnit.MILLISECONDS);
        }
        return watch;
    }

    /** Returns for how long the slowest event loop has not run a task. */
    Duration longestSilence() {
        long now = nanoTime.getAsLong();
        long longest = 0;
        for (AtomicLong beat : beats) {
            longest = Math.max(longest, now - beat.getAcquire());
        }
        return Duration.ofNanos(longest);
    }
}
