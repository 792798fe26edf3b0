package io.millrace.ingest.api;

import io.millrace.protocol.api.Constraints;
import java.util.List;

/** What the model says of members that many inputs have (service model of 2026, API version 2013-12-02). */
final class Inputs {
    static final String NAME_PATTERN = "[a-zA-Z0-9_.-]+";
    static final String ARN_PATTERN = "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+";
    static final String RESOURCE_ARN_PATTERN = "arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+";
    static final String CONSUMER_ARN_PATTERN =
            "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+";
    static final String HASH_KEY_PATTERN = "0|([1-9]\\d{0,38})";
    static final String SEQUENCE_NUMBER_PATTERN = "0|([1-9]\\d{0,128})";

    /** In the order in which AWS lists them. */
    static final List<String> ITERATOR_TYPES =
            List.of("AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON");

    private Inputs() {}

    /** A stream by its name or its ARN. */
    static Constraints streamRef() {
        return streamRef(Constraints.none());
    }

    /** As the other, after other members: AWS lists the stream late. */
    static Constraints streamRef(Constraints constraints) {
        return streamArn(name(constraints, "StreamName"));
    }

    static Constraints streamArn(Constraints constraints) {
        return constraints.pattern("StreamARN", ARN_PATTERN).length("StreamARN", 1, 2048);
    }

    /** A consumer by its ARN, or by its name and its stream's ARN. */
    static Constraints consumerRef() {
        return name(streamArn(Constraints.none()), "ConsumerName")
                .pattern("ConsumerARN", CONSUMER_ARN_PATTERN)
                .length("ConsumerARN", 1, 2048);
    }

    /** A stream or a consumer by its ARN. */
    static Constraints resource() {
        return Constraints.none()
                .required("ResourceARN")
                .pattern("ResourceARN", RESOURCE_ARN_PATTERN)
                .length("ResourceARN", 1, 2048);
    }

    /** The name of a stream, a shard or a consumer. AWS tells of the pattern before the length. */
    static Constraints name(Constraints constraints, String member) {
        return constraints.pattern(member, NAME_PATTERN).length(member, 1, 128);
    }
}
