package io.millrace.ingest.log;

/** More is being appended than the log has memory for; the same append will pass a moment later. */
public final class LogBusyException extends Exception {
    private static final long serialVersionUID = 1;

    public LogBusyException(long neededBytes, long limitBytes) {
        super(
                "append memory: %d bytes needed (expected: at most %d)".formatted(neededBytes, limitBytes),
                null,
                false,
                false);
    }
}
