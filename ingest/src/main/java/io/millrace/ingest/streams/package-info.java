/**
 * Streams: names, shards and their hash keys, consumers, positions, and the way of a record from a key to a shard.
 *
 * <p>Start reading at {@link io.millrace.ingest.streams.Streams} for what exists and at
 * {@link io.millrace.ingest.streams.RecordStore} for what flows. This package knows the shard log by its port and no
 * wire format; AWS's error names come from {@link io.millrace.ingest.streams.StreamErrors}.
 */
@NullMarked
package io.millrace.ingest.streams;

import org.jspecify.annotations.NullMarked;
