package io.millrace.video.fragments;

/** A span of one clock, both ends included, in milliseconds since the epoch. */
public record TimeRange(FragmentTime.Clock clock, long fromMillis, long toMillis) {

    boolean contains(FragmentTime time) {
        long start = time.startMillis(clock);
        return start >= fromMillis && start <= toMillis;
    }
}
