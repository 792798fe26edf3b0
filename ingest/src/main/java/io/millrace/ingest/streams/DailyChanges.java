package io.millrace.ingest.streams;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The changes of a stream that AWS makes only so often in any 24 hours (API reference, the pages of the operations).
 * Kept in memory: a restart begins anew. Guarded by the monitor of {@link Streams}.
 */
final class DailyChanges {
    private static final long DAY_MILLIS = TimeUnit.HOURS.toMillis(24);

    /** What is counted. */
    enum Kind {
        SHARD_COUNT(10),
        CAPACITY_MODE(2),
        ENCRYPTION(25);

        private final int mostPerDay;

        Kind(int mostPerDay) {
            this.mostPerDay = mostPerDay;
        }
    }

    private final Map<Kind, Deque<Long>> times = new EnumMap<>(Kind.class);

    /** Counts one more. @throws io.millrace.protocol.api.ServiceException if it is one too many */
    void count(Kind kind, StreamKey stream, long nowEpochMillis) {
        Deque<Long> counted = times.computeIfAbsent(kind, k -> new ArrayDeque<>());
        counted.removeIf(time -> nowEpochMillis - time >= DAY_MILLIS);
        if (counted.size() >= kind.mostPerDay) {
            throw StreamErrors.limitExceeded(String.format(
                    Locale.ROOT,
                    "Rate exceeded for stream %s under account %s.",
                    stream.name(),
                    stream.namespace().account()));
        }
        counted.add(nowEpochMillis);
    }
}
