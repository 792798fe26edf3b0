package io.millrace.server.health;

import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;

/** Judges a part that somebody else runs by whether it answers. Confined to the thread that probes the part. */
public final class Reachability {
    private final LongSupplier nanoTime;
    private boolean served;
    private long heardNanos;

    public Reachability(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Returns how the part stands; a short silence does not count.
     *
     * @param answers whether it has just answered
     */
    public Part judge(boolean answers, Map<String, Object> details) {
        long now = nanoTime.getAsLong();
        if (answers) {
            served = true;
            heardNanos = now;
        }
        Duration silence = Duration.ofNanos(now - heardNanos);
        if (served && silence.compareTo(Supervision.GRACE) <= 0) {
            return Part.ok(details);
        }
        String reason = served ? "no answer for " + silence.toSeconds() + " s" : "it has not answered yet";
        return new Part(Part.State.NOT_ANSWERING, reason, details);
    }
}
