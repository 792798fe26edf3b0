package io.millrace.server.storage;

import io.millrace.durable.disk.AtomicFile;
import io.millrace.durable.disk.Directories;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The default file system, changed so that what a call did survives a power cut.
 *
 * <p>S3Proxy writes an object under a temporary name, gives it attributes and renames it. Here a rename syncs the file
 * first and the directory afterwards, and made and removed entries are synced too. A file that is being written carries
 * its own name as the attribute {@value #UNFINISHED}, so {@link PutLeftovers} can tell it from an object: after a
 * rename, or under a second name, the attribute is void in the same instant. Where the file system keeps no attributes,
 * files have no mark. Thread-safe.
 */
final class DurableFiles extends FileSystemProvider {
    /** Holds the name under which a file is being written. */
    private static final String UNFINISHED = "millrace.unfinished";

    private static final FileSystemProvider PLAIN = FileSystems.getDefault().provider();

    private final DurableFileSystem fileSystem;

    DurableFiles(DurableFileSystem fileSystem) {
        this.fileSystem = fileSystem;
    }

    private static Path plain(Path path) {
        return DurablePath.plain(path);
    }

    private static void syncParent(Path path) throws IOException {
        Path parent = plain(path).toAbsolutePath().getParent();
        if (parent != null) {
            try {
                Directories.sync(parent);
            } catch (NoSuchFileException e) {
                return; // removed meanwhile, with all its entries
            }
        }
    }

    static @Nullable UserDefinedFileAttributeView attributes(Path path) throws IOException {
        return Files.getFileStore(plain(path)).supportsFileAttributeView(UserDefinedFileAttributeView.class)
                ? Files.getFileAttributeView(plain(path), UserDefinedFileAttributeView.class)
                : null;
    }

    private static void mark(Path path, Set<? extends OpenOption> options) throws IOException {
        UserDefinedFileAttributeView view = makes(options) ? attributes(path) : null;
        if (view != null) {
            view.write(UNFINISHED, ByteBuffer.wrap(nameOf(path)));
        }
    }

    private static byte[] nameOf(Path path) {
        return String.valueOf(plain(path).getFileName()).getBytes(StandardCharsets.UTF_8);
    }

    /** Tells whether a file still has the name under which it was to be written. */
    static boolean isUnfinished(Path path) throws IOException {
        UserDefinedFileAttributeView view = attributes(path);
        if (view == null || !view.list().contains(UNFINISHED)) {
            return false;
        }
        ByteBuffer name = ByteBuffer.allocate(view.size(UNFINISHED));
        view.read(UNFINISHED, name);
        return Arrays.equals(name.array(), nameOf(path));
    }

    private static void removeMark(Path path) throws IOException {
        UserDefinedFileAttributeView view = attributes(path);
        if (view != null && view.list().contains(UNFINISHED)) {
            view.delete(UNFINISHED);
        }
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        boolean file = Files.isRegularFile(plain(source), LinkOption.NOFOLLOW_LINKS);
        if (file) {
            AtomicFile.syncFile(plain(source));
        }
        PLAIN.move(plain(source), plain(target), options);
        if (file) {
            removeMark(target);
        }
        syncParent(target);
    }

    @Override
    public void createLink(Path link, Path existing) throws IOException {
        AtomicFile.syncFile(plain(existing));
        PLAIN.createLink(plain(link), plain(existing));
        syncParent(link);
    }

    @Override
    public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
        try {
            PLAIN.createDirectory(plain(directory), attributes);
        } catch (NoSuchFileException e) {
            makeParentsAgain(directory, e);
            PLAIN.createDirectory(plain(directory), attributes);
        }
        syncParent(directory);
    }

    /**
     * Makes the parents of an object again. S3Proxy removes the directory of the last object that is deleted in it,
     * also when it has just made sure for a put that the directory is there.
     *
     * @throws NoSuchFileException the failure given, if the path is not that of an object of an existing bucket
     */
    private static void makeParentsAgain(Path path, NoSuchFileException failure) throws IOException {
        Path parent = plain(path).getParent();
        Path objects = parent;
        while (objects != null && !objects.endsWith(KeyTree.OBJECTS)) {
            objects = objects.getParent();
        }
        Path bucket = objects == null ? null : objects.getParent();
        if (parent == null || bucket == null || !Files.isDirectory(bucket)) {
            throw failure;
        }
        Directories.create(parent);
    }

    @Override
    public void delete(Path path) throws IOException {
        PLAIN.delete(plain(path));
        syncParent(path);
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
        PLAIN.copy(plain(source), plain(target), options);
        if (Files.isRegularFile(plain(target))) {
            AtomicFile.syncFile(plain(target));
        }
        syncParent(target);
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        return newFileChannel(path, options, attributes);
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        FileChannel channel = openMaking(path, options, attributes);
        boolean marked = false;
        try {
            mark(path, options);
            marked = true;
            return channel;
        } finally {
            if (!marked) {
                channel.close();
            }
        }
    }

    private static FileChannel openMaking(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        try {
            return PLAIN.newFileChannel(plain(path), options, attributes);
        } catch (NoSuchFileException e) {
            if (!makes(options)) {
                throw e;
            }
            makeParentsAgain(path, e);
            return PLAIN.newFileChannel(plain(path), options, attributes);
        }
    }

    private static boolean makes(Set<? extends OpenOption> options) {
        return options.contains(StandardOpenOption.CREATE) || options.contains(StandardOpenOption.CREATE_NEW);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path directory, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        DirectoryStream<Path> plain =
                PLAIN.newDirectoryStream(plain(directory), entry -> filter.accept(fileSystem.durable(entry)));
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                Iterator<Path> entries = plain.iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return entries.hasNext();
                    }

                    @Override
                    public Path next() {
                        return fileSystem.durable(entries.next());
                    }
                };
            }

            @Override
            public void close() throws IOException {
                plain.close();
            }
        };
    }

    @Override
    public String getScheme() {
        return PLAIN.getScheme();
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new UnsupportedOperationException("there is one file system");
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return fileSystem;
    }

    @Override
    public Path getPath(URI uri) {
        return fileSystem.durable(PLAIN.getPath(uri));
    }

    @Override
    public boolean isSameFile(Path path, Path other) throws IOException {
        return PLAIN.isSameFile(plain(path), plain(other));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
        return PLAIN.isHidden(plain(path));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        return PLAIN.getFileStore(plain(path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        PLAIN.checkAccess(plain(path), modes);
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path path, Class<V> type, LinkOption... options) {
        return PLAIN.getFileAttributeView(plain(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        return PLAIN.readAttributes(plain(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return PLAIN.readAttributes(plain(path), attributes, options);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
        PLAIN.setAttribute(plain(path), attribute, value, options);
    }
}
