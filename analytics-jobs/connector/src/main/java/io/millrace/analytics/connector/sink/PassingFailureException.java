package io.millrace.analytics.connector.sink;

import org.jspecify.annotations.Nullable;

/** A put that may succeed later has failed a task that was told to fail on any error; Flink restarts the task. */
final class PassingFailureException extends RuntimeException {
    private static final long serialVersionUID = 1;

    PassingFailureException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
