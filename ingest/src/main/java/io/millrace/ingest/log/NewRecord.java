package io.millrace.ingest.log;

/**
 * A record on its way in.
 *
 * @param key the partition key in UTF-8, up to 65,535 bytes
 */
public record NewRecord(byte[] key, byte[] data) {}
