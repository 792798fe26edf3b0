package io.millrace.server.cli;

/** A command failed for a reason that its user can act upon; the message is all that is shown. */
public final class UserException extends Exception {
    private static final long serialVersionUID = 1;

    public UserException(String message) {
        super(message);
    }
}
