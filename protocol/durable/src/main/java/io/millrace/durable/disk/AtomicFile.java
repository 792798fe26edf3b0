package io.millrace.durable.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Files that a start relies on, written so that a power cut leaves the old content or the new one, and never a part.
 *
 * <p>The content goes to a temporary file beside the target, is synced, and is renamed; the rename is durable when a
 * call returns. The directory must exist and be durable, see {@link Directories#create}. Calls for one target must not
 * race.
 */
public final class AtomicFile {
    private AtomicFile() {}

    /** Writes or replaces a file. */
    public static void write(Path target, byte[] content) throws IOException {
        write(new FileSystemDisk(), target, content);
    }

    /** Writes or replaces a file that only its owner may read, where the file system knows permissions. */
    public static void writePrivate(Path target, byte[] content) throws IOException {
        write(FileSystemDisk.ownerOnly(parentOf(target)), target, content);
    }

    private static void write(Disk disk, Path target, byte[] content) throws IOException {
        disk.replace(parentOf(target), String.valueOf(target.getFileName()), ByteBuffer.wrap(content));
    }

    /** Returns the name under which the content of a file is written before it is renamed. */
    public static Path temporaryOf(Path target) {
        return target.resolveSibling(target.getFileName() + Disk.UNFINISHED_SUFFIX);
    }

    /** Syncs a finished file or a whole directory tree and gives it its name; an existing file is replaced. */
    public static void publish(Path unfinished, Path target) throws IOException {
        Files.walkFileTree(unfinished, new Syncing());
        rename(unfinished, target);
    }

    /** Makes the content of a file durable. */
    public static void syncFile(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Directories.sync(parentOf(to));
    }

    private static Path parentOf(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, "%s: is no file in a directory", file));
        }
        return parent;
    }

    private static final class Syncing extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            if (attributes.isRegularFile()) {
                syncFile(file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) throws IOException {
            if (failure != null) {
                throw failure;
            }
            Directories.sync(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
