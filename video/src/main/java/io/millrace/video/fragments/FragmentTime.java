package io.millrace.video.fragments;

import java.util.Locale;

/**
 * When a fragment was made and for how long it plays, in milliseconds since the epoch.
 *
 * @param serverMillis when its first byte arrived, by this node's clock
 * @param producerMillis the first frame's time by the producer's clock
 * @param durationMillis always above zero
 */
public record FragmentTime(long serverMillis, long producerMillis, int durationMillis) {

    /** Whose clock is meant. */
    public enum Clock {
        SERVER,
        PRODUCER
    }

    public FragmentTime {
        if (durationMillis < 1) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "duration: %d ms (expected: above zero)", durationMillis));
        }
    }

    public long startMillis(Clock clock) {
        return clock == Clock.SERVER ? serverMillis : producerMillis;
    }

    public long endMillis(Clock clock) {
        return startMillis(clock) + durationMillis;
    }
}
