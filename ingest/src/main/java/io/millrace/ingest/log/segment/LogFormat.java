package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The version of a log's files, in the file {@value #FILE} of its directory. A log of another version is left alone.
 */
final class LogFormat {
    private static final String FILE = "format";
    private static final String CURRENT = "millrace-log 2";
    private static final int MAX_BYTES = 64;

    private LogFormat() {}

    /** Tells whether a log is to be made here. @throws IOException if the one that is here is of another version */
    static boolean isNew(Disk disk, Path directory) throws IOException {
        if (disk.exists(directory.resolve(FILE))) {
            check(disk, directory);
            return false;
        }
        if (disk.exists(directory.resolve("checkpoint.json"))) {
            throw new IOException(String.format(
                    Locale.ROOT, "%s: a log of version 1 (expected: %s); it was left as it is", directory, CURRENT));
        }
        return true;
    }

    /** Makes a log be of the present version, once everything else of it is there. */
    static void write(Disk disk, Path directory) throws IOException {
        disk.replace(directory, FILE, ByteBuffer.wrap((CURRENT + "\n").getBytes(StandardCharsets.US_ASCII)));
    }

    /** @throws IOException if there is no log of the present version */
    static void check(Disk disk, Path directory) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(MAX_BYTES);
        try (DiskFile file = disk.openForRead(directory.resolve(FILE))) {
            file.read(content, 0);
        }
        String version = new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII).strip();
        if (!version.equals(CURRENT)) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%s: log format '%s' (expected: %s); it was left as it is",
                    directory.resolve(FILE),
                    version.replaceAll("[^ -~]", "?"),
                    CURRENT));
        }
    }
}
