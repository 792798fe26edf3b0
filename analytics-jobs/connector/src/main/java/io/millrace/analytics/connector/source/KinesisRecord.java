package io.millrace.analytics.connector.source;

/**
 * A record as the source hands it to its deserializer.
 *
 * @param arrivalEpochMillis when the stream took it in, to the millisecond
 */
public record KinesisRecord(
        String shardId, String sequenceNumber, String partitionKey, long arrivalEpochMillis, byte[] data) {}
