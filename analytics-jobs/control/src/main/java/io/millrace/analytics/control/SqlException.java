package io.millrace.analytics.control;

/** Flink refused or failed a statement; the message is Flink's. */
public final class SqlException extends Exception {
    private static final long serialVersionUID = 1;

    public SqlException(String message) {
        super(message);
    }
}
