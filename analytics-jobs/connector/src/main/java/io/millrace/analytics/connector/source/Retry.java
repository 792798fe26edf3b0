package io.millrace.analytics.connector.source;

import java.io.Serializable;
import java.time.Duration;

/**
 * How a call is made again that failed for a reason that may pass.
 *
 * @param first the pause after the first failure
 * @param max the longest pause
 * @param factor by which a pause is longer than the one before
 * @param attempts how many failures in a row are borne
 */
public record Retry(Duration first, Duration max, double factor, int attempts) implements Serializable {
    private static final int ENDLESS = Integer.MAX_VALUE;

    public Retry {
        if (first.isNegative() || max.compareTo(first) < 0 || factor < 1 || attempts < 0) {
            throw new IllegalArgumentException("retries: pauses from " + first + " to " + max + " by " + factor + ", "
                    + attempts + " attempts (expected: growing pauses and no negative number)");
        }
    }

    static Retry endless(Duration first, Duration max) {
        return new Retry(first, max.compareTo(first) < 0 ? first : max, 2, ENDLESS);
    }

    /** @param failures in a row, from 1 */
    Duration pauseAfter(int failures) {
        double millis = first.toMillis() * Math.pow(factor, failures - 1.0);
        return millis >= max.toMillis() ? max : Duration.ofMillis((long) millis);
    }

    boolean isSpent(int failures) {
        return attempts != ENDLESS && failures > attempts;
    }
}
