package io.millrace.ingest.streams;

/** The states of a stream (Kinesis API reference, StreamDescription). */
public enum StreamStatus {
    CREATING,
    ACTIVE,
    UPDATING,
    DELETING
}
