package io.millrace.ingest.log.segment;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Makes the files of the write-ahead log. It exists so that a test can fail or hold a write or a sync at the one place on
 * which every acknowledgement depends; production has one implementation.
 */
@FunctionalInterface
interface WalFiles {
    WalFiles ON_DISK = file -> FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

    /** Creates a file, which must not exist yet, for writing. */
    FileChannel create(Path file) throws IOException;
}
