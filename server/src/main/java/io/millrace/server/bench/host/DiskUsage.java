package io.millrace.server.bench.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * How long the files of a node are, in bytes.
 *
 * @param walBytes of those below a folder named {@code wal}
 * @param dataBytes of all others
 */
public record DiskUsage(long walBytes, long dataBytes) {

    /** Adds up a directory; files that vanish meanwhile count nothing. */
    public static DiskUsage of(Path directory) throws IOException {
        long wal = 0;
        long data = 0;
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                long length = length(file);
                if (directory.relativize(file).toString().contains("wal/")) {
                    wal += length;
                } else {
                    data += length;
                }
            }
        } catch (UncheckedIOException e) {
            return new DiskUsage(wal, data); // a folder vanished while it was looked through
        }
        return new DiskUsage(wal, data);
    }

    private static long length(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            return 0; // it has just been removed
        }
    }
}
