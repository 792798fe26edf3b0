package io.millrace.firehose.warehouse;

import io.millrace.firehose.delivery.ShardRange;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** An object that waits in the object store to be copied into a table. */
public interface StagedObject {

    /** Returns the same for the same content on every attempt; the ledger knows the object by it. */
    String id();

    /** Returns which delivery the object belongs to. */
    String delivery();

    /** Returns which records of the source are in it; empty where that is not known. */
    List<ShardRange> ranges();

    InputStream open() throws IOException;
}
