package io.millrace.ingest.streams;

/** How the records of a stream are distributed over its shards (Kinesis API reference, RecordDistributionStrategy). */
public enum Distribution {
    /** By the hash of their partition keys. */
    USER_PARTITION_KEY,
    /** In equal parts; keys are optional, and do not decide. */
    AUTO
}
