package io.millrace.video.mkv;

import java.util.Locale;

/**
 * Which segment, cluster and block group are open and how many bytes each still has. Not thread-safe.
 *
 * <p>Invariant: a group is open only inside a cluster, a cluster only inside a segment, and what is inside is never
 * longer than the rest of what it is inside of.
 */
final class Containers {
    private static final long CLOSED = -2;

    private long segment = CLOSED;
    private long cluster = CLOSED;
    private long group = CLOSED;

    boolean isTop() {
        return segment == CLOSED;
    }

    boolean inCluster() {
        return cluster != CLOSED;
    }

    boolean inGroup() {
        return group != CLOSED;
    }

    boolean isSegmentUnknown() {
        return segment == Vint.UNKNOWN;
    }

    boolean isClusterUnknown() {
        return cluster == Vint.UNKNOWN && !inGroup();
    }

    boolean isInsideKnownSize() {
        return segment >= 0 || cluster >= 0 || group >= 0;
    }

    void openSegment(long size) {
        segment = size;
    }

    void openCluster(long size) {
        cluster = size;
    }

    void openGroup(long size) {
        group = size;
    }

    void closeSegment() {
        segment = CLOSED;
    }

    void closeCluster() {
        cluster = CLOSED;
    }

    /** @throws MalformedMkvException if an element is longer than what it is inside of */
    void checkFits(int headerBytes, long size) throws MalformedMkvException {
        long innermost = inGroup() ? group : inCluster() ? cluster : segment;
        long bytes = headerBytes + Math.max(size, 0);
        if (bytes < 0 || (innermost >= 0 && bytes > innermost) || (segment >= 0 && bytes > segment)) {
            throw MalformedMkvException.invalid(String.format(
                    Locale.ROOT, "element: %d bytes (expected: at most the %d of its parent)", bytes, innermost));
        }
    }

    /** Counts bytes that were read inside of everything that is open. */
    void consume(int bytes) {
        segment -= segment >= 0 ? bytes : 0;
        cluster -= cluster >= 0 ? bytes : 0;
        group -= group >= 0 ? bytes : 0;
    }

    /** Closes a group that was read to its end and tells whether the cluster was. */
    boolean closeFinishedGroup() {
        if (group == 0) {
            group = CLOSED;
        }
        return cluster == 0;
    }

    void closeFinishedSegment() {
        if (segment == 0) {
            segment = CLOSED;
        }
    }
}
