package io.millrace.firehose.ledger;

import java.io.Closeable;
import java.io.IOException;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** Numbered documents, each written at most once. Thread-safe. */
public interface VersionStore extends Closeable {

    /** Returns the numbers that exist now. */
    SortedSet<Long> versions() throws IOException;

    /** Returns a document, or null if there is none of this number. */
    byte @Nullable [] get(long version) throws IOException;

    /**
     * Writes a document unless there is one of this number. Of several writers at the same time one succeeds.
     *
     * @return false if there is one; it may be the caller's own, written by a call whose answer was lost
     */
    boolean putIfAbsent(long version, byte[] document) throws IOException;

    /** Removes a document; one that does not exist is no error. */
    void delete(long version) throws IOException;

    @Override
    default void close() {}
}
