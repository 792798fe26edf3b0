package io.millrace.server.node;

import io.millrace.ingest.log.ReadArrays;
import io.millrace.ingest.log.StoredRecord;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.StartPosition;
import io.millrace.ingest.streams.Stream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the records of a stream that are behind what was delivered. Thread-safe. */
final class Undelivered {
    private static final char IN_AGGREGATE = '/';

    private final RecordStore records;

    Undelivered(RecordStore records) {
        this.records = records;
    }

    /**
     * Returns when the oldest record arrived that is not delivered; nothing if all are.
     *
     * @param positions of each shard the last record that is delivered
     * @param fromEpochMillis shards without a position are delivered from this time on
     */
    @Nullable
    Long oldest(Stream stream, Map<String, String> positions, long fromEpochMillis) throws IOException {
        Long oldest = null;
        for (ShardInfo shard : stream.shards()) {
            long from = records.resolve(stream, shard, start(positions.get(shard.id()), fromEpochMillis));
            List<StoredRecord> next =
                    records.read(shard, from, 1, 1, ReadArrays.NEW).records();
            if (!next.isEmpty()) {
                long arrived = next.get(0).arrivalEpochMillis();
                oldest = oldest == null ? arrived : Math.min(oldest, arrived);
            }
        }
        return oldest;
    }

    /** Of an aggregate a part may be delivered; the record is then still to come. */
    private static StartPosition start(@Nullable String position, long fromEpochMillis) {
        if (position == null) {
            return new StartPosition(StartPosition.Type.AT_TIMESTAMP, null, fromEpochMillis);
        }
        int sub = position.indexOf(IN_AGGREGATE);
        return sub < 0
                ? new StartPosition(StartPosition.Type.AFTER_SEQUENCE_NUMBER, position, null)
                : new StartPosition(StartPosition.Type.AT_SEQUENCE_NUMBER, position.substring(0, sub), null);
    }
}
