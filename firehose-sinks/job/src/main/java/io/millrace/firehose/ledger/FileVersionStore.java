package io.millrace.firehose.ledger;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Versions as files of a directory. A file is written aside and linked under its number, which succeeds once. */
public final class FileVersionStore implements VersionStore {
    private final Path directory;

    public FileVersionStore(Path directory) {
        this.directory = directory;
    }

    @Override
    public SortedSet<Long> versions() throws IOException {
        SortedSet<Long> versions = new TreeSet<>();
        if (Files.isDirectory(directory)) {
            try (Stream<Path> files = Files.list(directory)) {
                files.forEach(file -> VersionNames.addIfOne(String.valueOf(file.getFileName()), versions));
            }
        }
        return versions;
    }

    @Override
    public byte @Nullable [] get(long version) throws IOException {
        try {
            return Files.readAllBytes(directory.resolve(VersionNames.of(version)));
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public boolean putIfAbsent(long version, byte[] document) throws IOException {
        Files.createDirectories(directory);
        Path aside = directory.resolve("." + UUID.randomUUID());
        try {
            Files.write(aside, document);
            Files.createLink(directory.resolve(VersionNames.of(version)), aside);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    @Override
    public void delete(long version) throws IOException {
        Files.deleteIfExists(directory.resolve(VersionNames.of(version)));
    }
}
