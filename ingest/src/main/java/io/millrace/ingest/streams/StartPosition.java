package io.millrace.ingest.streams;

import java.util.Locale;
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

    /**
     * Refuses what no record can change.
     *
     * @throws io.millrace.protocol.api.ServiceException if there is a sequence number and the type speaks of none, or a
     *     time that has not come
     */
    public void refuseContradiction(long nowEpochMillis) {
        if (sequenceNumber != null && (type == Type.TRIM_HORIZON || type == Type.LATEST)) {
            throw StreamErrors.invalidArgument(
                    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber"
                            + " or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber."
                            + String.format(
                                    Locale.ROOT, " Request specified %s and also a StartingSequenceNumber.", type));
        }
        if (type == Type.AT_TIMESTAMP && requireTimestamp() > nowEpochMillis) {
            throw StreamErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    ("The timestampInMillis parameter cannot be greater than the currentTimestampInMillis."
                            + " timestampInMillis: %d, currentTimestampInMillis: %d"),
                    epochMillis,
                    nowEpochMillis));
        }
    }

    String requireSequenceNumber() {
        if (sequenceNumber == null) {
            throw StreamErrors.invalidArgument(
                    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber"
                            + " or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber."
                            + String.format(Locale.ROOT, " Request specified %s and no StartingSequenceNumber.", type));
        }
        return sequenceNumber;
    }

    long requireTimestamp() {
        if (epochMillis == null) {
            throw StreamErrors.invalidArgument(
                    "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.");
        }
        return epochMillis;
    }
}
