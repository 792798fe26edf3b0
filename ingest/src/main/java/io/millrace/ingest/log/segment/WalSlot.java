package io.millrace.ingest.log.segment;

import java.nio.file.Path;

/** A file of the write-ahead log that lives many lives. */
record WalSlot(Path file, long sizeBytes) {}
