package io.millrace.ingest.streams;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a stream is created with.
 *
 * @param warmThroughputMiBps what an on-demand stream is to be ready for; absent for the usual
 */
public record NewStream(
        StreamKey key,
        int shardCount,
        boolean onDemand,
        Distribution distribution,
        int maxRecordKiB,
        @Nullable Integer warmThroughputMiBps,
        Map<String, String> tags) {
    public static final int DEFAULT_MAX_RECORD_KIB = 1024;

    public static NewStream provisioned(StreamKey key, int shardCount) {
        return new NewStream(
                key, shardCount, false, Distribution.USER_PARTITION_KEY, DEFAULT_MAX_RECORD_KIB, null, Map.of());
    }
}
