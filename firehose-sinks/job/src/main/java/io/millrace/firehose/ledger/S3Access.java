package io.millrace.firehose.ledger;

import org.jspecify.annotations.Nullable;

/**
 * How an object store is reached.
 *
 * @param endpoint absent for AWS
 * @param accessKey absent for the SDK's default chain
 */
public record S3Access(
        @Nullable String endpoint,
        @Nullable String region,
        @Nullable String accessKey,
        @Nullable String secretKey,
        boolean pathStyle) {

    /** Without the secret, which would come into logs by it. */
    @Override
    public String toString() {
        return endpoint == null ? "S3" : endpoint;
    }
}
