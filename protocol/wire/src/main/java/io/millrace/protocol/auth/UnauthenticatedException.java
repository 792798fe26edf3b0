package io.millrace.protocol.auth;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * It is not known whose request it is, so it is refused.
 *
 * <p>Code and text are those of AWS. The text may repeat what the sender has sent, up to {@value #MOST_CHARS}
 * characters, and never holds a secret. Carries no stack trace: it is an answer, and may come by the thousand.
 */
public final class UnauthenticatedException extends Exception {
    private static final long serialVersionUID = 1;
    private static final int MOST_CHARS = 8192;

    private final String code;
    private final String text;
    private final @Nullable Instant clock;

    private UnauthenticatedException(String code, String text, @Nullable Instant clock) {
        super(text, null, false, false);
        this.code = code;
        this.text = text.length() > MOST_CHARS ? text.substring(0, MOST_CHARS) + "..." : text;
        this.clock = clock;
    }

    /** There is no signature at all. */
    static UnauthenticatedException missingToken() {
        return new UnauthenticatedException(
                "MissingAuthenticationTokenException", "Missing Authentication Token", null);
    }

    /** A part of the signature is absent or cannot be read. */
    static UnauthenticatedException incomplete(String text) {
        return new UnauthenticatedException("IncompleteSignatureException", text, null);
    }

    /** The signature can be read and is not one that counts for this request. */
    static UnauthenticatedException invalid(String text) {
        return new UnauthenticatedException("InvalidSignatureException", text, null);
    }

    /** The sender's clock and ours differ by too much. */
    static UnauthenticatedException skewed(String text, Instant clock) {
        return new UnauthenticatedException("InvalidSignatureException", text, clock);
    }

    /** Nobody has such an access key or session token. */
    static UnauthenticatedException unrecognized(String text) {
        return new UnauthenticatedException("UnrecognizedClientException", text, null);
    }

    /** Returns the error's name, which clients match on. */
    public String code() {
        return code;
    }

    public String text() {
        return text;
    }

    /** Returns the time here, where that may be the reason: an SDK that is told it corrects its own and tries again. */
    public Optional<Instant> clock() {
        return Optional.ofNullable(clock);
    }
}
