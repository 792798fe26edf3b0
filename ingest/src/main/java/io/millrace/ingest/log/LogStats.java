package io.millrace.ingest.log;

import java.util.List;

/**
 * What a log has done since it was opened and how it stands. Sizes in bytes.
 *
 * @param memoryBytes held by appends under way and by records that are not in a shard file yet
 * @param memoryLimitBytes from here on appends are refused
 * @param walBytes what the write-ahead log takes on disk, spare files included
 * @param failure why nothing can be appended; empty while all is well
 * @param damages found so far
 */
public record LogStats(
        String durability,
        long appendedRecords,
        long appendedBytes,
        long refusedAppends,
        long syncs,
        double syncSeconds,
        double slowestSyncSeconds,
        long checkpoints,
        double checkpointSeconds,
        long memoryBytes,
        long memoryLimitBytes,
        long walBytes,
        long shards,
        String failure,
        List<Damage> damages) {}
