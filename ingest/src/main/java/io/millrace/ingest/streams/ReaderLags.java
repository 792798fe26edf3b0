package io.millrace.ingest.streams;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongUnaryOperator;

/**
 * How far the readers of shards are behind, in time.
 *
 * <p>A reader is a registered consumer at a shard, or all who call GetRecords on a shard: those cannot be told from
 * each other, so the last call counts. A reader that no longer calls falls behind as time goes on and records arrive;
 * it is forgotten an hour after its last call. At most {@link #MOST_READERS} are kept. Thread-safe.
 */
public final class ReaderLags {
    static final int MOST_READERS = 5_000;
    private static final Duration FORGOTTEN_AFTER = Duration.ofHours(1);

    private final Map<Reader, Position> readers = new ConcurrentHashMap<>();
    private final LongUnaryOperator endOffset;
    private final InstantSource clock;

    /**
     * @param endOffset returns the offset that the next record of a shard will have, by the shard's number in the log
     */
    ReaderLags(LongUnaryOperator endOffset, InstantSource clock) {
        this.endOffset = endOffset;
        this.clock = clock;
    }

    /** @param consumer the name of the registered consumer; empty for GetRecords */
    record Reader(StreamKey stream, String shardId, String consumer) {}

    /**
     * Where a reader is.
     *
     * @param timeMillis the time up to which the reader has everything
     * @param calledMillis when it last called
     */
    private record Position(long logNumber, long nextOffset, long timeMillis, long calledMillis) {}

    /**
     * How far a reader is behind.
     *
     * @param consumer the name of the registered consumer; empty for GetRecords
     * @param millis the age of the oldest record that it has not read, at most; 0 when it has read all
     * @param calledMillis when it last called
     */
    public record Lag(StreamKey stream, String shardId, String consumer, long millis, long calledMillis) {}

    /** Returns what no reader has reported to. */
    public static ReaderLags none() {
        return new ReaderLags(shard -> 0, InstantSource.system());
    }

    /**
     * Reports what a reader was given.
     *
     * @param consumer the name of the registered consumer; empty for GetRecords
     */
    public void report(Stream stream, ShardInfo shard, String consumer, RecordStore.Batch batch) {
        report(new Reader(stream.key(), shard.id(), consumer), shard.logNumber(), batch, clock.millis());
    }

    void report(Reader reader, long logNumber, RecordStore.Batch batch, long nowMillis) {
        Position position =
                new Position(logNumber, batch.nextOffset(), nowMillis - batch.millisBehindLatest(), nowMillis);
        if (readers.containsKey(reader) || readers.size() < MOST_READERS) {
            readers.put(reader, position);
        }
    }

    /** Forgets the readers of a stream. */
    void forget(StreamKey stream) {
        readers.keySet().removeIf(reader -> reader.stream().equals(stream));
    }

    /**
     * Notes who has read everything at the moment. Called every second, which bounds the error of {@link Lag#millis}.
     */
    public void look() {
        look(clock.millis());
    }

    void look(long nowMillis) {
        readers.forEach((reader, seen) -> {
            if (nowMillis - seen.calledMillis() > FORGOTTEN_AFTER.toMillis()) {
                readers.remove(reader, seen);
            } else if (hasAll(seen)) { // unless it has reported meanwhile
                readers.replace(
                        reader,
                        seen,
                        new Position(seen.logNumber(), seen.nextOffset(), nowMillis, seen.calledMillis()));
            }
        });
    }

    /** Returns how far every reader is behind. */
    public List<Lag> lags() {
        return lags(clock.millis());
    }

    List<Lag> lags(long nowMillis) {
        List<Lag> lags = new ArrayList<>();
        readers.forEach((reader, seen) -> {
            long millis = hasAll(seen) ? 0 : Math.max(0, nowMillis - seen.timeMillis());
            lags.add(new Lag(reader.stream(), reader.shardId(), reader.consumer(), millis, seen.calledMillis()));
        });
        return lags;
    }

    private boolean hasAll(Position position) {
        return position.nextOffset() >= endOffset.applyAsLong(position.logNumber());
    }
}
