package io.millrace.analytics.connector.source;

import software.amazon.awssdk.services.kinesis.model.Record;

/**
 * A record as the source hands it to its deserializer.
 *
 * @param arrivalEpochMillis when the stream took it in, to the millisecond
 */
public record KinesisRecord(
        String shardId, String sequenceNumber, String partitionKey, long arrivalEpochMillis, byte[] data) {

    /** Returns a record of an answer or an event, whose bytes it shares. */
    static KinesisRecord of(String shardId, Record record) {
        return new KinesisRecord(
                shardId,
                record.sequenceNumber(),
                record.partitionKey() == null ? "" : record.partitionKey(), // streams that spread need none
                record.approximateArrivalTimestamp().toEpochMilli(),
                record.data().asByteArrayUnsafe());
    }
}
