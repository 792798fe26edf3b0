/**
 * The port of the shard log: one append-only sequence of records for each shard.
 *
 * <p>Start reading at {@link io.millrace.ingest.log.ShardLog}. This package knows records, offsets and shards by
 * number. It does not know streams, HTTP, AWS error names or Flink.
 */
@NullMarked
package io.millrace.ingest.log;

import org.jspecify.annotations.NullMarked;
