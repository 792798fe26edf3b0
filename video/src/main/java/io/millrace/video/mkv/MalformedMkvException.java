package io.millrace.video.mkv;

/** The stream cannot be cut into fragments any further. The parser that threw it cannot be used again. */
public final class MalformedMkvException extends Exception {
    private static final long serialVersionUID = 1;

    /** What is wrong with the stream. */
    public enum Kind {
        /** The bytes are not Matroska, or Matroska that no producer of this service sends. */
        INVALID,
        /** A fragment is longer than {@link MkvParser#MAX_FRAGMENT_BYTES}. */
        FRAGMENT_TOO_LARGE
    }

    private final Kind kind;

    MalformedMkvException(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    static MalformedMkvException invalid(String message) {
        return new MalformedMkvException(Kind.INVALID, message);
    }

    public Kind kind() {
        return kind;
    }
}
