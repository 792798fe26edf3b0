package io.millrace.firehose.warehouse;

/** Some of the records of an object are in the table by way of another object. Trying again does not help. */
public final class PositionOverlapException extends Exception {
    private static final long serialVersionUID = 1;

    PositionOverlapException(String message) {
        super(message);
    }
}
