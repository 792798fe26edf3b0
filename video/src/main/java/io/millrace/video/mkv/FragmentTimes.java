package io.millrace.video.mkv;

import java.util.HashMap;
import java.util.Map;

/**
 * Works out how long a cluster plays, from the times of its blocks.
 *
 * <p>A block lasts as long as it says itself, else as its track says, else as the blocks of its track in this cluster
 * lie apart on average. Not thread-safe. Times are in units of the stream's timestamp scale, relative to the cluster.
 */
final class FragmentTimes {
    private static final class Track {
        private int first;
        private int last;
        private int count;
    }

    private final MkvHead head;
    private final Map<Long, Track> tracks = new HashMap<>();
    private long start = Long.MAX_VALUE;
    private long explicitEnd = Long.MIN_VALUE;

    FragmentTimes(MkvHead head) {
        this.head = head;
    }

    void addBlock(long trackNumber, short time) {
        Track track = tracks.computeIfAbsent(trackNumber, number -> new Track());
        if (track.count == 0) {
            track.first = time;
            track.last = time;
        }
        track.first = Math.min(track.first, time);
        track.last = Math.max(track.last, time);
        track.count++;
        start = Math.min(start, time);
    }

    void addDuration(short time, long duration) {
        explicitEnd = Math.max(explicitEnd, time + Math.min(duration, Integer.MAX_VALUE));
    }

    int durationMillis() {
        if (tracks.isEmpty()) {
            return 1;
        }
        double scale = head.timestampScaleNanos();
        double endNanos = explicitEnd == Long.MIN_VALUE ? Double.NEGATIVE_INFINITY : explicitEnd * scale;
        for (Map.Entry<Long, Track> entry : tracks.entrySet()) {
            Track track = entry.getValue();
            Long declared = head.defaultDurationsNanos().get(entry.getKey());
            double blockNanos = declared != null
                    ? declared
                    : track.count > 1 ? (track.last - track.first) * scale / (track.count - 1) : 0;
            endNanos = Math.max(endNanos, track.last * scale + blockNanos);
        }
        long millis = Math.round((endNanos - start * scale) / 1_000_000);
        return (int) Math.max(1, Math.min(millis, Integer.MAX_VALUE));
    }
}
