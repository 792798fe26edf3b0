package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import java.nio.file.Path;

/**
 * What all shard files of a log share.
 *
 * @param directory holds them all, so that one sync makes all new names durable
 * @param encoder of the background thread
 */
record ShardFiles(
        Disk disk,
        Path directory,
        LogOptions options,
        IndexCache indexes,
        DataKeys keys,
        DamageReport damages,
        BlockEncoder encoder) {}
