package io.millrace.server.files;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * Takes away from everybody but the owner what a folder holds.
 *
 * <p>The folder itself is closed first, and that alone keeps others out of everything below it. What lies in it is
 * walked once, when the folder is found readable: it was made by a version that left files readable, and may be copied
 * elsewhere. What is not the owner's, as the warehouse of another user, is left as it is.
 */
public final class PrivateFiles {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private static final Set<PosixFilePermission> READABLE_BY_OTHERS = PosixFilePermissions.fromString("---rw-rw-");

    private PrivateFiles() {}

    /** Closes a folder, and all in it if it was open. Does nothing where the file system has no such permissions. */
    public static void secure(Path folder) throws IOException {
        if (!Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            return;
        }
        Set<PosixFilePermission> found = Files.getPosixFilePermissions(folder);
        Files.setPosixFilePermissions(folder, OWNER_ONLY);
        if (Collections.disjoint(found, READABLE_BY_OTHERS)) {
            return;
        }
        Object owner = Files.getAttribute(folder, "unix:uid");
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                if (!Files.getAttribute(directory, "unix:uid").equals(owner)) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                close(directory);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile()
                        && Files.getAttribute(file, "unix:uid").equals(owner)) {
                    close(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE; // a child of a killed node may still be cleaning up
                }
                throw failure;
            }
        });
    }

    /** Leaves the owner's own permissions as they are. */
    private static void close(Path path) throws IOException {
        Set<PosixFilePermission> found = Files.getPosixFilePermissions(path);
        EnumSet<PosixFilePermission> kept = EnumSet.noneOf(PosixFilePermission.class);
        kept.addAll(found);
        kept.retainAll(OWNER_ONLY);
        if (!kept.equals(found)) {
            Files.setPosixFilePermissions(path, kept);
        }
    }
}
