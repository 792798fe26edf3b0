package io.millrace.server.health;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One part and what was last seen of it.
 *
 * <p>Thread-safe. A thread of its own looks at the part; everybody else reads the last observation, which needs no
 * lock. A look that does not come back shows in the observation's age, and from {@link #PATIENCE} on the part counts
 * as not answering.
 */
final class WatchedPart {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedPart.class);
    static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final double NANOS_PER_SECOND = 1e9;

    private final String name;
    private final LongSupplier nanoTime;
    private final InstantSource clock;
    private volatile Observation last;
    private volatile Probe probe;

    /**
     * What was seen.
     *
     * @param atNanos when, by the clock that was passed in
     * @param since when the part came into this state
     */
    record Observation(Part part, long atNanos, Instant since) {}

    WatchedPart(String name, Part first, LongSupplier nanoTime, InstantSource clock) {
        this.name = name;
        this.nanoTime = nanoTime;
        this.clock = clock;
        this.last = new Observation(first, nanoTime.getAsLong(), clock.instant());
        this.probe = () -> first;
    }

    void probe(Probe next) {
        probe = next;
    }

    /** Looks at the part again and again until the thread is interrupted. */
    void run(Duration period) {
        while (!Thread.currentThread().isInterrupted()) {
            look();
            LockSupport.parkNanos(period.toNanos());
        }
    }

    /** Looks at the part once and publishes what was seen. */
    void look() {
        Probe asked = probe;
        Part seen;
        try {
            seen = asked.look();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        } catch (Exception e) { // the outermost frame of the thread's work
            LOG.debug("{}: the probe failed", name, e);
            seen = Part.failed(String.valueOf(e.getMessage()));
        }
        if (asked == probe) { // else it speaks of what was there before
            publish(seen);
        }
    }

    private void publish(Part seen) {
        Observation before = last;
        boolean same = before.part().state() == seen.state();
        last = new Observation(seen, nanoTime.getAsLong(), same ? before.since() : clock.instant());
    }

    /** Returns how the part counts now. Never waits. */
    SeenPart now() {
        Observation seen = last;
        double age = (nanoTime.getAsLong() - seen.atNanos()) / NANOS_PER_SECOND;
        if (age <= PATIENCE.toSeconds()) {
            return new SeenPart(seen.part(), age, seen.since());
        }
        String reason = "its state has been unknown for " + Math.round(age) + " s; before that: "
                + seen.part().state().text();
        return new SeenPart(
                new Part(
                        Part.State.NOT_ANSWERING, reason, Map.copyOf(seen.part().details())),
                age,
                seen.since());
    }
}
