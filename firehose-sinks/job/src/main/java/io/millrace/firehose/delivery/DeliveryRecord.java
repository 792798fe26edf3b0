package io.millrace.firehose.delivery;

/** A record on its way to an object. */
public record DeliveryRecord(String shardId, String sequenceNumber, long arrivalEpochMillis, byte[] data) {}
