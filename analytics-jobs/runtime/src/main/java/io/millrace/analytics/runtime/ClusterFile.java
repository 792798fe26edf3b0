package io.millrace.analytics.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * How the parent learns where this process listens and by which secret it may enter: one JSON document that only its
 * owner may read, {@code {"pid": 7, "restPort": 8081, "sqlPort": 8083, "secret": "..."}}.
 *
 * <p>The process id makes it a proof: the parent knows its child's, and takes no other process for it. No port is
 * spoken to before the child has said that it holds it.
 */
final class ClusterFile {
    private static final String NAME = "cluster.json";

    private ClusterFile() {}

    /** Removes what a process that has ended left behind. */
    static void remove(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(NAME));
    }

    /** Writes the file, whole or not at all. */
    static void write(Path directory, int sqlPort, Door door) throws IOException {
        Path unfinished = directory.resolve(NAME + ".tmp");
        Files.deleteIfExists(unfinished);
        Files.createFile(
                unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                unfinished,
                "{\"pid\":" + ProcessHandle.current().pid() + ",\"restPort\":" + door.restPort() + ",\"sqlPort\":"
                        + sqlPort + ",\"secret\":\"" + door.secret() + "\"}\n");
        Files.move(
                unfinished,
                directory.resolve(NAME),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }
}
