package io.millrace.durable.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The few operations on files that the log needs. It exists so that a test can lose power, fail a sync or fill the disk
 * at any of them; production has one implementation, {@link FileSystemDisk}.
 *
 * <p>As on a real file system, what a file holds is on stable storage only after {@link DiskFile#sync()}, and that a
 * name was added, replaced or removed only after {@link #syncDirectory}. Thread-safe.
 */
public interface Disk {
    /** Ends the names of files that {@link #replace} has not finished. */
    String UNFINISHED_SUFFIX = ".tmp";

    /** Opens a file that exists, for reading. @throws java.nio.file.NoSuchFileException if it does not */
    DiskFile openForRead(Path file) throws IOException;

    /** Opens a file for writing, creating it when missing. */
    DiskFile openForWrite(Path file) throws IOException;

    boolean exists(Path file) throws IOException;

    boolean isDirectory(Path directory) throws IOException;

    /** Returns the files and directories in a directory, in no order. */
    List<Path> list(Path directory) throws IOException;

    /** Creates a directory and those above it that are missing; they are durable when the call returns. */
    void createDirectories(Path directory) throws IOException;

    /** Removes a file or an empty directory; one that is not there is no error. */
    void delete(Path file) throws IOException;

    /** Renames a file, replacing what had the name. */
    void move(Path from, Path to) throws IOException;

    /** Makes the names in a directory durable as they are. */
    void syncDirectory(Path directory) throws IOException;

    /**
     * Replaces a file as a whole: whoever reads it later, also after a crash, finds what it held before or all of this.
     */
    default void replace(Path directory, String name, ByteBuffer... content) throws IOException {
        Path temporary = directory.resolve(name + UNFINISHED_SUFFIX);
        delete(temporary);
        boolean written = false;
        try (DiskFile file = openForWrite(temporary)) {
            long position = 0;
            for (ByteBuffer piece : content) {
                int length = piece.remaining();
                file.write(piece.duplicate(), position);
                position += length;
            }
            file.sync();
            written = true;
        } finally {
            if (!written) { // a full disk needs the room of what was written in vain
                delete(temporary);
            }
        }
        move(temporary, directory.resolve(name));
        syncDirectory(directory);
    }

    /** Returns how many bytes can still be written. */
    long usableBytes(Path directory) throws IOException;

    /** Returns the size of the file system in bytes. */
    long totalBytes(Path directory) throws IOException;
}
