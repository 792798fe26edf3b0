package io.millrace.video.mkv;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Everything a stream says before its first cluster: what a decoder needs to understand any of its fragments.
 *
 * @param bytes as sent, but for the segment's size, which is made unknown: what is played after this head has another
 *     length than what was recorded after it
 * @param timestampScaleNanos the unit of the timestamps, in nanoseconds
 * @param defaultDurationsNanos how long a frame lasts, by track number; a track that does not say is not in it
 */
public record MkvHead(byte[] bytes, long timestampScaleNanos, Map<Long, Long> defaultDurationsNanos) {
    private static final long DEFAULT_SCALE_NANOS = 1_000_000;

    public MkvHead {
        defaultDurationsNanos = Map.copyOf(defaultDurationsNanos);
    }

    /** Converts a timestamp of this stream to milliseconds. */
    long toMillis(long timestamp) throws MalformedMkvException {
        try {
            return Math.multiplyExact(timestamp, timestampScaleNanos) / 1_000_000;
        } catch (ArithmeticException e) {
            throw MalformedMkvException.invalid(
                    String.format(Locale.ROOT, "Timestamp: %d (expected: milliseconds in 63 bits)", timestamp));
        }
    }

    /** Collects what a head says of times, element by element. */
    static final class Collector {
        private long scaleNanos = DEFAULT_SCALE_NANOS;
        private boolean tracksSeen;
        private final Map<Long, Long> durations = new HashMap<>();

        void addInfo(byte[] body) throws MalformedMkvException {
            for (Element child : Element.childrenOf(body)) {
                if (child.id() == ElementId.TIMESTAMP_SCALE) {
                    scaleNanos = child.unsigned();
                    if (scaleNanos < 1 || scaleNanos > 1_000_000_000L) {
                        throw MalformedMkvException.invalid(String.format(
                                Locale.ROOT, "TimestampScale: %d (expected: 1 to 1000000000)", scaleNanos));
                    }
                }
            }
        }

        void addTracks(byte[] body) throws MalformedMkvException {
            tracksSeen = true;
            for (Element entry : Element.childrenOf(body)) {
                if (entry.id() == ElementId.TRACK_ENTRY) {
                    addTrack(entry.body());
                }
            }
        }

        private void addTrack(byte[] body) throws MalformedMkvException {
            long number = 0;
            long duration = 0;
            for (Element child : Element.childrenOf(body)) {
                if (child.id() == ElementId.TRACK_NUMBER) {
                    number = child.unsigned();
                } else if (child.id() == ElementId.DEFAULT_DURATION) {
                    duration = child.unsigned();
                }
            }
            if (duration > 0) {
                durations.put(number, duration);
            }
        }

        MkvHead finish(byte[] bytes) throws MalformedMkvException {
            if (!tracksSeen) {
                throw MalformedMkvException.invalid("Tracks: missing (expected: before the first Cluster)");
            }
            return new MkvHead(bytes, scaleNanos, durations);
        }
    }
}
