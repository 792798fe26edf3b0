package io.millrace.analytics.runtime;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Writes to the disk what the system has in memory of a file or a directory. Implementations are thread-safe. */
interface Syncs {
    Syncs OF_DISK = new Syncs() {
        @Override
        public void file(Path file) throws IOException {
            force(file, StandardOpenOption.WRITE);
        }

        @Override
        public void directory(Path directory) throws IOException {
            force(directory, StandardOpenOption.READ);
        }

        private void force(Path path, StandardOpenOption option) throws IOException {
            try (FileChannel channel = FileChannel.open(path, option)) {
                channel.force(true);
            }
        }
    };

    /** Syncs the content of a file. */
    void file(Path file) throws IOException;

    /** Syncs which entries a directory has. */
    void directory(Path directory) throws IOException;

    /** Syncs the entry of a file in its directory, which may have been removed meanwhile. */
    default void entryOf(File file) throws IOException {
        Path parent = file.toPath().toAbsolutePath().getParent();
        if (parent != null) {
            try {
                directory(parent);
            } catch (NoSuchFileException e) {
                return; // removed, with all its entries
            }
        }
    }

    /** Makes a directory and those above it that are missing, and syncs their entries. */
    default void createDirectories(Path directory) throws IOException {
        List<File> missing = missing(directory.toFile());
        Files.createDirectories(directory);
        for (File made : missing) {
            entryOf(made);
        }
    }

    /** Returns a directory and those above it as far as they do not exist. */
    static List<File> missing(File directory) {
        List<File> missing = new ArrayList<>();
        for (File file = directory.getAbsoluteFile(); file != null && !file.exists(); file = file.getParentFile()) {
            missing.add(file);
        }
        return missing;
    }
}
