package io.millrace.durable.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What makes the names in directories durable. */
public final class Directories {
    private Directories() {}

    /**
     * Creates a directory and those above it that are missing; each is durable when the call returns. The entry of an
     * existing directory is synced too: a process that was killed may have made it without a sync.
     */
    public static void create(Path directory) throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        if (parent == null) {
            return;
        }
        if (!Files.isDirectory(directory)) {
            create(parent);
            Files.createDirectories(directory);
        }
        try {
            sync(parent);
        } catch (AccessDeniedException e) {
            return; // the parent may be written to but not opened; its owner is responsible for syncing it
        }
    }

    /** Makes created, renamed and removed entries of a directory durable. */
    public static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
