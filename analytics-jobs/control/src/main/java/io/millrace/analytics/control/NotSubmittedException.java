package io.millrace.analytics.control;

import java.io.IOException;

/** The cluster was not handed a job, because what comes before that failed. */
final class NotSubmittedException extends IOException {
    private static final long serialVersionUID = 1;

    NotSubmittedException(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
