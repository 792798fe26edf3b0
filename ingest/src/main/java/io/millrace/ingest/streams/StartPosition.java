package io.millrace.ingest.streams;

import org.jspecify.annotations.Nullable;

/**
 * Where in a shard a reader begins.
 *
 * @param sequenceNumber for the two types that speak of one
 * @param epochMillis for AT_TIMESTAMP
 */
public record StartPosition(
        Type type,
        @Nullable String sequenceNumber,
        @Nullable Long epochMillis) {

    /** The five types of the API. */
    public enum Type {
        AT_SEQUENCE_NUMBER,
        AFTER_SEQUENCE_NUMBER,
        TRIM_HORIZON,
        LATEST,
        AT_TIMESTAMP
    }

    /** @throws io.millrace.protocol.api.ServiceException if there is a sequence number and the type speaks of none */
    public void refuseContradiction() {
        if (sequenceNumber != null && (type == Type.TRIM_HORIZON || type == Type.LATEST)) {
            throw StreamErrors.invalidArgument(
                    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber"
                            + " or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber."
                            + " Request specified %s and also a StartingSequenceNumber.".formatted(type));
        }
    }

    String requireSequenceNumber() {
        if (sequenceNumber == null) {
            throw StreamErrors.invalidArgument(
                    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber"
                            + " or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber."
                            + " Request specified %s and no StartingSequenceNumber.".formatted(type));
        }
        return sequenceNumber;
    }

    long requireTimestamp() {
        if (epochMillis == null) {
            throw StreamErrors.invalidArgument(
                    "Must specify timestamp parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.");
        }
        return epochMillis;
    }
}
