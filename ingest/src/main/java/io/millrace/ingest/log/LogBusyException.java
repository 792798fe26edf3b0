package io.millrace.ingest.log;

import java.util.Locale;

/** More is being appended than the log has memory for; the same append will pass a moment later. */
public final class LogBusyException extends Exception {
    private static final long serialVersionUID = 1;

    public LogBusyException(long neededBytes, long limitBytes) {
        super(
                String.format(
                        Locale.ROOT, "append memory: %d bytes needed (expected: at most %d)", neededBytes, limitBytes),
                null,
                false,
                false);
    }
}
