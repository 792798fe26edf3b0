package io.millrace.analytics.control;

/** Flink refused or failed a statement; the message is Flink's. */
public final class SqlException extends Exception {
    private static final long serialVersionUID = 1;

    private final String trace;

    public SqlException(String message) {
        this(message, message);
    }

    /** @param trace everything that Flink said, of which the message is the part for the statement's author */
    SqlException(String message, String trace) {
        super(message);
        this.trace = trace;
    }

    String trace() {
        return trace;
    }
}
