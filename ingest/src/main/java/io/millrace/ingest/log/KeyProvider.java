package io.millrace.ingest.log;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Wraps the data keys under which records are encrypted at rest (envelope encryption: the log keeps a data key only in
 * the form in which this provider wrapped it). Thread-safe; may block.
 */
public interface KeyProvider {

    /**
     * A fresh data key.
     *
     * @param plain 32 bytes, for AES-256; never written anywhere
     * @param wrapped what {@link #unwrap} makes the plain key from
     */
    record DataKey(byte[] plain, byte[] wrapped) {}

    /** A master key is not there, or does not open what it should have wrapped. */
    final class UnusableKeyException extends IOException {
        private static final long serialVersionUID = 1;

        private final String keyId;
        private final boolean missing;

        private UnusableKeyException(String keyId, boolean missing, String message, @Nullable Exception cause) {
            super(message, cause);
            this.keyId = keyId;
            this.missing = missing;
        }

        public static UnusableKeyException missing(String keyId, int version) {
            return new UnusableKeyException(
                    keyId,
                    true,
                    String.format(Locale.ROOT, "master key %s, version %d: is not here", keyId, version),
                    null);
        }

        /** @param why names the file and what to do */
        public static UnusableKeyException damaged(String keyId, String why) {
            return new UnusableKeyException(keyId, true, "master key " + keyId + ": " + why, null);
        }

        public static UnusableKeyException wrong(String keyId, Exception cause) {
            return new UnusableKeyException(
                    keyId,
                    false,
                    String.format(Locale.ROOT, "master key %s: does not open the data key", keyId),
                    cause);
        }

        public String keyId() {
            return keyId;
        }

        public boolean isMissing() {
            return missing;
        }
    }

    /** Makes a data key under a master key. */
    DataKey newDataKey(String keyId) throws IOException;

    /**
     * Returns the plain data key. @throws UnusableKeyException if it was not wrapped by this provider under this key
     */
    byte[] unwrap(String keyId, byte[] wrapped) throws IOException;
}
