package io.millrace.durable.documents;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import io.millrace.durable.disk.FileSystemDisk;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A folder of documents, one file each, each replaced as a whole and durable when a call returns.
 *
 * <p>Invariant: a reader after a crash finds of every document either the version before an interrupted call or the one
 * after it, never a mixture. Thread-safe; calls for one key must not race.
 */
public final class DocumentStore {
    private static final String SUFFIX = ".json";

    private final Disk disk;
    private final Path directory;

    private DocumentStore(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
    }

    /** Opens a folder, creating it when missing, and removes what interrupted writes left behind. */
    public static DocumentStore open(Path directory) throws IOException {
        return open(new FileSystemDisk(), directory);
    }

    /** Opens a folder on a disk, creating it when missing, and removes what interrupted writes left behind. */
    public static DocumentStore open(Disk disk, Path directory) throws IOException {
        disk.createDirectories(directory);
        for (Path file : disk.list(directory)) {
            if (file.toString().endsWith(Disk.UNFINISHED_SUFFIX)) {
                disk.delete(file);
            }
        }
        return new DocumentStore(disk, directory);
    }

    /** Opens a folder of secrets: only their owner may read the folder or a document, from the first byte on. */
    public static DocumentStore openPrivate(Path directory) throws IOException {
        DocumentStore readable = open(directory);
        if (!Files.getFileStore(directory).supportsFileAttributeView("posix")) {
            return readable;
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        return new DocumentStore(FileSystemDisk.ownerOnly(directory), directory);
    }

    /** Writes or replaces a document. */
    public void put(String key, byte[] content) throws IOException {
        Path file = fileOf(key);
        disk.replace(directory, String.valueOf(file.getFileName()), ByteBuffer.wrap(content));
    }

    /** Removes a document; one that is not there is no error. */
    public void delete(String key) throws IOException {
        Path file = fileOf(key);
        if (disk.exists(file)) {
            disk.delete(file);
            disk.syncDirectory(directory);
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
     * Parses every document, by key in ascending order. A document that cannot be read, or whose parser throws or
     * returns null, does not keep the others from being loaded. Its owner shows it: this package does not log.
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

    /** Returns a document, or nothing when there is none. No other entry of the folder is read. */
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
        return disk.list(directory).stream()
                .map(file -> String.valueOf(file.getFileName()))
                .filter(name -> name.endsWith(SUFFIX))
                .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                .map(name -> URLDecoder.decode(name, StandardCharsets.UTF_8))
                .toList();
    }

    /** Returns a document. @throws java.nio.file.NoSuchFileException if there is none */
    public byte[] read(String key) throws IOException {
        try (DiskFile file = disk.openForRead(fileOf(key))) {
            ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(file.length()));
            int length = file.read(content, 0);
            return Arrays.copyOf(content.array(), length);
        }
    }

    private Path fileOf(String key) {
        return directory.resolve(URLEncoder.encode(key, StandardCharsets.UTF_8) + SUFFIX);
    }
}
