package io.millrace.ingest.streams;

/**
 * A registered consumer of a stream, for enhanced fan-out.
 *
 * @param createdSecond part of the ARN, so that a consumer registered anew is another one
 */
public record Consumer(String name, long createdSecond, Status status) {

    /** The states of a consumer (Kinesis API reference, ConsumerDescription). */
    public enum Status {
        CREATING,
        ACTIVE,
        DELETING
    }

    public String arn(StreamKey stream) {
        return "%s/consumer/%s:%d".formatted(stream.arn(), name, createdSecond);
    }
}
