package io.millrace.server.config;

/** The file of {@code --config} cannot be used; the message names it, and the line where there is one. */
public final class ConfigFileException extends Exception {
    private static final long serialVersionUID = 1;

    ConfigFileException(String message) {
        super(message);
    }
}
