package io.millrace.firehose.engine;

import io.millrace.firehose.ledger.Ledger;
import io.millrace.firehose.ledger.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** The object store, as a delivery uses it. */
public interface ObjectUploads extends Ledger.Completion {

    /** Writes the bytes of an object. */
    @FunctionalInterface
    interface Content {
        /** Returns false if the object is not wanted. */
        boolean writeTo(OutputStream out) throws IOException;
    }

    /**
     * Uploads an object without making it visible.
     *
     * @param loads is kept in the upload
     * @return null if the object is not wanted or has no bytes
     */
    @Nullable
    Upload upload(String key, boolean loads, Content content) throws IOException;

    /** Gives up an upload that will not be completed, as far as the store can. */
    void discard(Upload upload);

    /** Opens a visible object. */
    InputStream open(String path) throws IOException;

    /** Writes or replaces a small object. */
    void put(String key, byte[] content) throws IOException;
}
