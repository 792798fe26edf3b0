package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.StreamRef;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a record that cannot be deserialized.
 *
 * @param deadLetters the stream that takes the record as it is; present for {@code DEAD_LETTER} only
 */
public record OnError(Action action, @Nullable StreamRef deadLetters) implements Serializable {

    /** The choices. */
    public enum Action {
        /** The job ends and tells the record. */
        FAIL,
        /** The record is counted and left out. */
        SKIP,
        /** The record is counted and put into another stream. */
        DEAD_LETTER
    }

    public OnError {
        if ((action == Action.DEAD_LETTER) != (deadLetters != null)) {
            throw new IllegalArgumentException(
                    "dead letters: " + action + " to " + deadLetters + " (expected: a stream with DEAD_LETTER only)");
        }
    }

    public static OnError fail() {
        return new OnError(Action.FAIL, null);
    }
}
