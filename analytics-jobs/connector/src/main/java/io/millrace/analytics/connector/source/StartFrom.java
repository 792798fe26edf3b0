package io.millrace.analytics.connector.source;

import java.io.Serializable;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where in a shard reading begins or goes on.
 *
 * @param sequenceNumber for AT_ and AFTER_SEQUENCE_NUMBER
 * @param epochMillis for AT_TIMESTAMP
 */
public record StartFrom(
        Type type,
        @Nullable String sequenceNumber,
        @Nullable Long epochMillis) implements Serializable {

    /** As in the API. */
    public enum Type {
        TRIM_HORIZON,
        LATEST,
        AT_TIMESTAMP,
        AT_SEQUENCE_NUMBER,
        AFTER_SEQUENCE_NUMBER
    }

    public StartFrom {
        boolean needsNumber = type == Type.AT_SEQUENCE_NUMBER || type == Type.AFTER_SEQUENCE_NUMBER;
        if (needsNumber != (sequenceNumber != null) || (type == Type.AT_TIMESTAMP) != (epochMillis != null)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "start: %s with sequence number %s and time %s (expected: what the type needs)",
                    type,
                    sequenceNumber,
                    epochMillis));
        }
    }

    public static StartFrom trimHorizon() {
        return new StartFrom(Type.TRIM_HORIZON, null, null);
    }

    public static StartFrom latest() {
        return new StartFrom(Type.LATEST, null, null);
    }

    public static StartFrom timestamp(long epochMillis) {
        return new StartFrom(Type.AT_TIMESTAMP, null, epochMillis);
    }

    public static StartFrom after(String sequenceNumber) {
        return new StartFrom(Type.AFTER_SEQUENCE_NUMBER, sequenceNumber, null);
    }
}
