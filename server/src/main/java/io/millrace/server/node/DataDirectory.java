package io.millrace.server.node;

import io.millrace.durable.disk.AtomicFile;
import io.millrace.durable.disk.Directories;
import io.millrace.server.files.FileTree;
import io.millrace.server.files.PrivateFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The directory of a node, held by one process at a time.
 *
 * <p>The file {@code format} marks it as ours and says in which version it is written; a directory with other content
 * is left alone.
 */
public final class DataDirectory implements Closeable {
    private static final String FORMAT_FILE = "format";
    private static final String TEMPORARY_FILE = "format.tmp";
    private static final String LOCK_FILE = "lock";
    /**
     * What may be in a directory that is no node's yet: an interrupted first start, the directory of the demo, and what
     * a file system keeps in its root.
     */
    private static final Set<String> OWN_FILES = Set.of(TEMPORARY_FILE, "demo", "lost+found");

    private static final String TEMPORARIES = "tmp";
    private static final String FORMAT = "millrace 1";

    private final Path path;
    private final FileChannel lockFile;

    private DataDirectory(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /** @throws StartException if the directory cannot be used, with the reason and what to do */
    public static DataDirectory open(Path path) throws StartException {
        prepare(path);
        try {
            DataDirectory directory = lock(path);
            directory.renewTemporaries();
            return directory;
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    /**
     * Makes sure that a directory is ours, creating it when missing, and leaves it to whoever runs on it.
     *
     * @throws StartException if it cannot be, with the reason and what to do
     */
    static Path prepare(Path path) throws StartException {
        try {
            Directories.create(path);
        } catch (FileAlreadyExistsException e) {
            throw new StartException(
                    String.format(Locale.ROOT, "data directory %s: is a file; choose another with --data-dir", path),
                    e);
        } catch (IOException e) {
            throw new StartException(
                    String.format(
                            Locale.ROOT,
                            "data directory %s: cannot be created (%s); choose another with --data-dir",
                            path,
                            e),
                    e);
        }
        try {
            checkFormat(path);
            PrivateFiles.secure(path);
            return path;
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    private static StartException unwritable(Path path, IOException e) {
        return new StartException(
                String.format(
                        Locale.ROOT,
                        "data directory %s: cannot be written (%s); choose another with --data-dir",
                        path,
                        e),
                e);
    }

    private static void checkFormat(Path path) throws IOException, StartException {
        Path format = path.resolve(FORMAT_FILE);
        if (Files.exists(format)) {
            String found = Files.readString(format).strip();
            if (!found.equals(FORMAT)) {
                throw new StartException(String.format(
                        Locale.ROOT,
                        "data directory %s: has the format '%s' and this version reads '%s'; use the version that wrote it",
                        path,
                        found,
                        FORMAT));
            }
            return;
        }
        try (Stream<Path> content = Files.list(path)) {
            if (content.anyMatch(file -> !OWN_FILES.contains(String.valueOf(file.getFileName())))) {
                throw new StartException(String.format(
                        Locale.ROOT,
                        "data directory %s: holds files that are not Millrace's; choose an empty or new one with --data-dir",
                        path));
            }
        }
        AtomicFile.write(format, (FORMAT + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static DataDirectory lock(Path path) throws IOException, StartException {
        FileChannel file =
                FileChannel.open(path.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = file.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            file.close();
            throw new StartException(String.format(
                    Locale.ROOT,
                    "data directory %s: is in use by another Millrace process; stop that one or choose another with --data-dir",
                    path));
        }
        return new DataDirectory(path, file);
    }

    /** Empties the folder of temporary files: a process that was killed could not remove its own. */
    private void renewTemporaries() throws IOException {
        Path temporaries = path.resolve(TEMPORARIES);
        if (Files.exists(temporaries)) {
            FileTree.delete(temporaries);
        }
        Files.createDirectories(temporaries);
    }

    /**
     * Makes this process keep its temporary files, also those of native libraries, in a data directory, where each
     * start removes what a killed process left. To be called before anything makes such a file: Java reads the setting
     * once.
     */
    public static void useForTemporaries(Path path) {
        System.setProperty(
                "java.io.tmpdir", path.toAbsolutePath().resolve(TEMPORARIES).toString());
    }

    public Path resolve(String name) {
        return path.resolve(name);
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
