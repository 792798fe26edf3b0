/**
 * The embedded shard log: one write-ahead log for all shards of a node, and a run of segment files for each shard.
 *
 * <p>Start reading at {@link io.millrace.ingest.log.segment.EmbeddedShardLog}, which shows how the parts work together;
 * {@link io.millrace.ingest.log.segment.Frame} owns the format of a batch on disk, {@link
 * io.millrace.ingest.log.segment.Block} that of a shard file.
 *
 * <p>This package knows bytes, positions and files. It does not know streams, HTTP or AWS error names. A caller learns
 * of failure through {@link java.io.IOException}.
 */
@NullMarked
package io.millrace.ingest.log.segment;

import org.jspecify.annotations.NullMarked;
