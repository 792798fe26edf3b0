package io.millrace.ingest.streams;

import io.millrace.protocol.api.ServiceException;
import org.jspecify.annotations.Nullable;

/** The errors of Kinesis Data Streams in AWS's words. */
public final class StreamErrors {
    private StreamErrors() {}

    public static ServiceException streamNotFound(StreamKey stream) {
        return ServiceException.refused(
                "ResourceNotFoundException",
                "Stream %s under account %s not found."
                        .formatted(stream.name(), stream.namespace().account()));
    }

    public static ServiceException streamExists(StreamKey stream) {
        return ServiceException.refused(
                "ResourceInUseException",
                "Stream %s under account %s already exists."
                        .formatted(stream.name(), stream.namespace().account()));
    }

    public static ServiceException notActive(StreamKey stream, StreamStatus status) {
        return ServiceException.refused(
                "ResourceInUseException",
                "Stream %s under account %s not ACTIVE, instead in state %s"
                        .formatted(stream.name(), stream.namespace().account(), status));
    }

    public static ServiceException shardNotFound(StreamKey stream, String shardId) {
        return ServiceException.refused(
                "ResourceNotFoundException",
                "Shard %s in stream %s under account %s does not exist"
                        .formatted(shardId, stream.name(), stream.namespace().account()));
    }

    public static ServiceException consumerNotFound(String consumer, StreamKey stream) {
        return ServiceException.refused(
                "ResourceNotFoundException",
                "Consumer %s, stream %s not found."
                        .formatted(consumer, stream.namespace().arn("kinesis", "stream/" + stream.name())));
    }

    public static ServiceException resourceInUse(String message) {
        return ServiceException.refused("ResourceInUseException", message);
    }

    public static ServiceException invalidArgument(String message) {
        return ServiceException.refused("InvalidArgumentException", message);
    }

    public static ServiceException limitExceeded(String message) {
        return ServiceException.refused("LimitExceededException", message);
    }

    /** The node cannot take records at the moment, for a reason that its operator should hear of. */
    public static ServiceException unavailable(@Nullable String reason) {
        return new ServiceException("InternalFailureException", 500, reason == null ? "" : reason);
    }

    /** The node took in more than it has memory for; clients retry this by themselves. */
    public static ServiceException throttled(StreamKey stream) {
        return ServiceException.refused(
                "ProvisionedThroughputExceededException",
                "Rate exceeded for stream %s under account %s."
                        .formatted(stream.name(), stream.namespace().account()));
    }
}
