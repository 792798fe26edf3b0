package io.millrace.ingest.log;

/**
 * Where a batch went.
 *
 * @param firstOffset the offset of its first record; the others follow without a gap
 */
public record Appended(long firstOffset, long arrivalEpochMillis) {}
