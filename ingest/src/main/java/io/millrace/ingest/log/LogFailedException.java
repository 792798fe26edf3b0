package io.millrace.ingest.log;

import java.io.IOException;

/** The log stopped for good: a write or a sync has failed, and only a restart finds out what is on the disk. */
public final class LogFailedException extends IOException {
    private static final long serialVersionUID = 1;

    public LogFailedException(Throwable cause) {
        super(
                "the log stopped after a failed write or sync (" + cause.getMessage()
                        + "); records are refused until the node is restarted, and can still be read",
                cause);
    }
}
