package io.millrace.ingest.log;

import java.io.IOException;

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

    /** Makes a data key under a master key. */
    DataKey newDataKey(String keyId) throws IOException;

    /** Returns the plain data key. @throws IOException if it was not wrapped by this provider under this key */
    byte[] unwrap(String keyId, byte[] wrapped) throws IOException;
}
