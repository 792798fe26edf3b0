package io.millrace.durable.documents;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder of documents, one file each, each replaced as a whole and durable when a call returns.
 *
 * <p>Invariant: a reader after a crash finds of every document either the version before an interrupted call or the one
 * after it, never a mixture. Thread-safe; calls for one key must not race.
 */
public final class DocumentStore {
    private static final String SUFFIX = ".json";

    private final Path directory;
    private final FileAttribute<?>[] attributes;

    private DocumentStore(Path directory, FileAttribute<?>... attributes) {
        this.directory = directory;
        this.attributes = attributes;
    }

    /** Opens a folder, creating it when missing, and removes what interrupted writes left behind. */
    public static DocumentStore open(Path directory) throws IOException {
        createDirectories(directory);
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                if (file.toString().endsWith(".tmp")) {
                    Files.delete(file);
                }
            }
        }
        return new DocumentStore(directory);
    }

    /** Opens a folder of secrets: only their owner may read the folder or a document, from the first byte on. */
    public static DocumentStore openPrivate(Path directory) throws IOException {
        open(directory);
        if (!Files.getFileStore(directory).supportsFileAttributeView("posix")) {
            return new DocumentStore(directory);
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        return new DocumentStore(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /** Writes or replaces a document. */
    public void put(String key, byte[] content) throws IOException {
        AtomicFile.write(fileOf(key), content, attributes);
    }

    /** Removes a document; one that is not there is no error. */
    public void delete(String key) throws IOException {
        if (Files.deleteIfExists(fileOf(key))) {
            syncDirectory(directory);
        }
    }

    /** Makes a description of a document, or throws for one that is damaged. */
    @FunctionalInterface
    public interface Parser<T> {
        @Nullable
        T parse(String key, byte[] content);
    }

    /**
     * What a folder of documents holds.
     *
     * @param damaged documents that could not be read or parsed
     */
    public record Loaded<T>(Map<String, T> documents, List<DamagedDocument> damaged) {}

    /**
     * Parses every document, by key in ascending order. A document that cannot be read, or whose parser throws or returns
     * null, does not keep the others from being loaded. Its owner shows it: this package does not log.
     */
    public <T> Loaded<T> load(Parser<T> parser) throws IOException {
        Map<String, T> documents = new LinkedHashMap<>();
        List<DamagedDocument> damaged = new ArrayList<>();
        for (String key : keys().stream().sorted().toList()) {
            try {
                byte[] content = read(key);
                T parsed = parse(parser, key, content);
                if (parsed == null) {
                    damaged.add(new DamagedDocument(key, fileOf(key), content.length + " bytes, no valid description"));
                } else {
                    documents.put(key, parsed);
                }
            } catch (IOException e) {
                damaged.add(new DamagedDocument(key, fileOf(key), String.valueOf(e.getMessage())));
            }
        }
        return new Loaded<>(documents, List.copyOf(damaged));
    }

    private static <T> @Nullable T parse(Parser<T> parser, String key, byte[] content) {
        try {
            return parser.parse(key, content);
        } catch (RuntimeException e) { // of any parser and of any record's own checks
            return null;
        }
    }

    /** Returns a document, or nothing when there is none. Whatever else lies in the folder is not looked at. */
    public Optional<byte[]> find(String key) throws IOException {
        try {
            return Optional.of(read(key));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) { // which need not name the file
            throw new IOException(fileOf(key) + ": cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /** Returns the keys of all documents, in no order. */
    public List<String> keys() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(SUFFIX))
                    .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                    .map(name -> URLDecoder.decode(name, StandardCharsets.UTF_8))
                    .toList();
        } catch (UncheckedIOException e) { // the disk has failed while the directory was read
            throw e.getCause();
        }
    }

    /** Returns a document. @throws java.nio.file.NoSuchFileException if there is none */
    public byte[] read(String key) throws IOException {
        return Files.readAllBytes(fileOf(key));
    }

    private Path fileOf(String key) {
        return directory.resolve(URLEncoder.encode(key, StandardCharsets.UTF_8) + SUFFIX);
    }

    /**
     * Creates a directory and those above it that are missing; each is durable when the call returns. The entry of an
     * existing directory is synced too: a process that was killed may have made it without a sync.
     */
    public static void createDirectories(Path directory) throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        if (parent == null) {
            return;
        }
        if (!Files.isDirectory(directory)) {
            createDirectories(parent);
            Files.createDirectories(directory);
        }
        try {
            syncDirectory(parent);
        } catch (AccessDeniedException e) {
            return; // the parent may be written to but not opened; its owner is responsible for syncing it
        }
    }

    /** Makes created, renamed and removed entries of a directory durable. */
    public static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
