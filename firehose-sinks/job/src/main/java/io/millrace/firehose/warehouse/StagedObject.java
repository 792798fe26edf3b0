package io.millrace.firehose.warehouse;

import java.io.IOException;
import java.io.InputStream;

/** An object that waits in the object store to be copied into a table. */
public interface StagedObject {

    /** Returns the same for the same content on every attempt; the ledger knows the object by it. */
    String id();

    InputStream open() throws IOException;
}
