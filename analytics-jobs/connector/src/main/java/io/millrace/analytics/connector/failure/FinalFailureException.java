package io.millrace.analytics.connector.failure;

import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;
import org.jspecify.annotations.Nullable;

/**
 * A failure that every retry meets again. Flink does not restart the job after it, and the node shows the message, so
 * the message is complete without its cause.
 */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
public final class FinalFailureException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public FinalFailureException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
