package io.millrace.ingest.log;

/** A record as the log kept it. The arrays belong to the reader. */
public record StoredRecord(long offset, long arrivalEpochMillis, byte[] key, byte[] data) {}
