package io.millrace.ingest.streams;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A registered consumer of a stream, for enhanced fan-out. Immutable.
 *
 * @param createdSecond part of the ARN, so that a consumer registered anew is another one
 * @param policy the resource policy, a JSON document; absent when there is none
 */
public record StreamConsumer(
        String name,
        long createdSecond,
        Status status,
        Map<String, String> tags,
        @Nullable String policy) {

    /** The states of a consumer (Kinesis API reference, ConsumerDescription). */
    public enum Status {
        CREATING,
        ACTIVE,
        DELETING
    }

    public StreamConsumer {
        tags = Map.copyOf(tags);
    }

    public String arn(StreamKey stream) {
        return String.format(Locale.ROOT, "%s/consumer/%s:%d", stream.arn(), name, createdSecond);
    }

    /** Tells whether this is the same registration, whatever has become of it. */
    boolean isSameAs(StreamConsumer other) {
        return name.equals(other.name) && createdSecond == other.createdSecond;
    }

    StreamConsumer with(Status newStatus) {
        return new StreamConsumer(name, createdSecond, newStatus, tags, policy);
    }

    StreamConsumer withTags(Map<String, String> newTags) {
        return new StreamConsumer(name, createdSecond, status, newTags, policy);
    }

    StreamConsumer withPolicy(@Nullable String newPolicy) {
        return new StreamConsumer(name, createdSecond, status, tags, newPolicy);
    }
}
