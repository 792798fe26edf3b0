package io.millrace.server.cli;

/** A command failed for a reason that its user can act upon; the message is all that is shown. */
public final class UserException extends Exception {
    private static final long serialVersionUID = 1;
    private static final int FAILED = 1;
    private static final int WRONG_COMMAND_LINE = 2;

    private final int exitCode;

    public UserException(String message) {
        this(message, FAILED);
    }

    private UserException(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    /** Something that the command line names is not there or cannot be used. */
    static UserException wrongCommandLine(String message) {
        return new UserException(message, WRONG_COMMAND_LINE);
    }

    int exitCode() {
        return exitCode;
    }
}
