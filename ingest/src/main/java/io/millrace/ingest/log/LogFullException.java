package io.millrace.ingest.log;

import java.io.IOException;

/** The disk is nearly full: nothing is appended until there is room again. */
public final class LogFullException extends IOException {
    private static final long serialVersionUID = 1;

    public LogFullException(String message) {
        super(message);
    }
}
