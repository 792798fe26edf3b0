package io.millrace.durable.documents;

import java.nio.file.Path;

/**
 * A document that cannot be read. It is left as it is, and what it described is neither served nor removed.
 *
 * @param key of the document
 * @param file which holds it
 * @param reason never quotes the content, which may be secret
 */
public record DamagedDocument(String key, Path file, String reason) {

    /** Returns one sentence with the file and what to do about it. */
    @Override
    public String toString() {
        return file + ": is damaged (" + reason
                + "); restore it from a backup, or delete it to give up what it describes," + " and restart the node";
    }
}
