package io.millrace.protocol.state;

import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder of documents, one file each, each replaced as a whole and durable when a call returns.
 *
 * <p>Invariant: a reader after a crash finds of every document either the version before an interrupted call or the one
 * after it, never a mixture. Thread-safe; calls for one key must not race.
 */
public final class DocumentStore {
    private static final String SUFFIX = ".json";

    private static final Set<StandardOpenOption> REPLACED =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);

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

    /** As the other, for secrets: nobody but their owner may read the folder or a document, from the first byte on. */
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
        Path target = fileOf(key);
        Path temporary = target.resolveSibling(target.getFileName() + ".tmp");
        try (FileChannel file = FileChannel.open(temporary, REPLACED, attributes)) {
            ByteBuffer buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                file.write(buffer);
            }
            file.force(true);
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncDirectory(directory);
    }

    /** Removes a document; one that is not there is no error. */
    public void delete(String key) throws IOException {
        if (Files.deleteIfExists(fileOf(key))) {
            syncDirectory(directory);
        }
    }

    /** Returns every document, by key in ascending order. */
    public Map<String, byte[]> readAll() throws IOException {
        Map<String, byte[]> documents = new TreeMap<>();
        for (String key : keys()) {
            documents.put(key, read(key));
        }
        return documents;
    }

    /** Returns the keys of all documents, in no order. */
    public List<String> keys() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(SUFFIX))
                    .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                    .map(name -> URLDecoder.decode(name, StandardCharsets.UTF_8))
                    .toList();
        }
    }

    /** Returns a document. @throws java.nio.file.NoSuchFileException if there is none */
    public byte[] read(String key) throws IOException {
        return Files.readAllBytes(fileOf(key));
    }

    private Path fileOf(String key) {
        return directory.resolve(URLEncoder.encode(key, StandardCharsets.UTF_8) + SUFFIX);
    }

    /** Creates a directory and those above it that are missing; each is durable when the call returns. */
    public static void createDirectories(Path directory) throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        if (!Files.isDirectory(directory) && parent != null) {
            createDirectories(parent);
            Files.createDirectories(directory);
            try {
                syncDirectory(parent);
            } catch (AccessDeniedException e) {
                return; // one may write in the parent and not open it; then whoever made that has to care for it
            }
        }
    }

    /** Makes created, renamed and removed entries of a directory durable. */
    public static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
