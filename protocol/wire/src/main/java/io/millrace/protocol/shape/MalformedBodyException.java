package io.millrace.protocol.shape;

import org.jspecify.annotations.Nullable;

/** A body is not of its format, or a member of it is not of its type. */
public final class MalformedBodyException extends Exception {
    private static final long serialVersionUID = 1;

    private final String text;

    private MalformedBodyException(String message, String text, @Nullable Throwable cause) {
        super(message, cause);
        this.text = text;
    }

    /** A body that is none of its format, of which AWS says nothing more. */
    static MalformedBodyException unreadable(String message) {
        return new MalformedBodyException(message, "", null);
    }

    /**
     * As the other, for a reason.
     *
     * @param cause what the parser or a conversion stumbled over
     */
    static MalformedBodyException unreadable(String message, Throwable cause) {
        return new MalformedBodyException(message, "", cause);
    }

    /**
     * A value of another type than its member's.
     *
     * @param text AWS's words for it
     */
    static MalformedBodyException mismatch(String text) {
        return new MalformedBodyException(text, text, null);
    }

    /** No body where there must be one. */
    public static MalformedBodyException missing() {
        return unreadable("there is no body");
    }

    /** Returns what AWS tells the client; empty where it tells nothing but the error's name. */
    public String text() {
        return text;
    }
}
