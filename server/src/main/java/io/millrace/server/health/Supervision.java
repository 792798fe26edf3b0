package io.millrace.server.health;

import io.millrace.server.process.ProcessStatus;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Judges a supervised child process by whether it runs and whether it answers, and has one killed that hangs.
 *
 * <p>A busy or suspended machine keeps a healthy child from answering for a while, so silence counts in three steps:
 * up to {@link #GRACE} the child still counts as serving, from then on as not answering, and after {@link #PATIENCE}
 * it is killed so that its supervisor starts another one. Confined to the thread that probes the part.
 */
public final class Supervision {
    static final Duration GRACE = Duration.ofSeconds(10);
    static final Duration PATIENCE = Duration.ofMinutes(5);
    /** So many children in a row that end before they have served count as a failure and not as a start. */
    private static final int FUTILE_STARTS = 3;

    private final LongSupplier nanoTime;
    private final Consumer<String> killer;
    private long pid;
    private boolean served;
    private int futile;
    private long heardNanos;

    /** @param killer kills the child that runs; is given the reason */
    public Supervision(LongSupplier nanoTime, Consumer<String> killer) {
        this.nanoTime = nanoTime;
        this.killer = killer;
    }

    /**
     * Returns how the part stands.
     *
     * @param answers whether the child has just answered
     * @param known what else to show
     */
    public Part judge(ProcessStatus status, boolean answers, Map<String, Object> known) {
        long now = nanoTime.getAsLong();
        if (status.pid() != pid) {
            futile = pid == 0 || served ? 0 : futile + 1;
            pid = status.pid();
            served = false;
            heardNanos = now;
        }
        Map<String, Object> details = details(status, known);
        if (!status.isRunning()) {
            return new Part(Part.State.FAILED, status.lastExit() + "; it is being started again", details);
        }
        if (answers) {
            served = true;
            heardNanos = now;
            return Part.ok(details);
        }
        return silent(status, Duration.ofNanos(now - heardNanos), details);
    }

    private Part silent(ProcessStatus status, Duration silence, Map<String, Object> details) {
        if (silence.compareTo(PATIENCE) > 0) {
            String reason = "gave no answer for " + silence.toSeconds() + " s and was killed";
            killer.accept(reason);
            return new Part(Part.State.FAILED, reason, details);
        }
        if (!served && futile >= FUTILE_STARTS) {
            String reason = status.lastExit() + ", " + futile + " times in a row before it served";
            return new Part(Part.State.FAILED, reason, details);
        }
        if (!served) {
            String reason = status.restarts() == 0 ? "" : "the one before " + status.lastExit();
            return new Part(Part.State.STARTING, reason, details);
        }
        if (silence.compareTo(GRACE) <= 0) {
            return Part.ok(details);
        }
        String reason = "no answer for " + silence.toSeconds() + " s; after " + PATIENCE.toSeconds()
                + " s it is killed and started again";
        return new Part(Part.State.NOT_ANSWERING, reason, details);
    }

    private static Map<String, Object> details(ProcessStatus status, Map<String, Object> known) {
        Map<String, Object> details = new LinkedHashMap<>(known);
        details.put("pid", status.pid());
        details.put("startedAt", status.startedAt().toString());
        details.put("restarts", status.restarts());
        if (!status.lastExit().isEmpty()) {
            details.put("lastExit", status.lastExit());
            details.put("lastExitAt", status.lastExitAt().toString());
        }
        return details;
    }
}
