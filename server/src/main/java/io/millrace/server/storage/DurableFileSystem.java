package io.millrace.server.storage;

import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** The default file system, with paths whose files are changed durably. Cannot be closed. Thread-safe. */
final class DurableFileSystem extends FileSystem {
    private static final FileSystem PLAIN = FileSystems.getDefault();

    private final DurableFiles provider = new DurableFiles(this);

    private DurableFileSystem() {}

    /** Returns a path whose files, and those below it, are changed durably. */
    static Path at(Path path) {
        return new DurableFileSystem().durable(path);
    }

    Path durable(Path plain) {
        return new DurablePath(this, plain);
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("the default file system cannot be closed");
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return PLAIN.isReadOnly();
    }

    @Override
    public String getSeparator() {
        return PLAIN.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return StreamSupport.stream(PLAIN.getRootDirectories().spliterator(), false)
                .map(this::durable)
                .toList();
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return PLAIN.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return PLAIN.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
        return durable(PLAIN.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        PathMatcher plain = PLAIN.getPathMatcher(syntaxAndPattern);
        return path -> plain.matches(DurablePath.plain(path));
    }

    @Override
    public @Nullable UserPrincipalLookupService getUserPrincipalLookupService() {
        return PLAIN.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException("directories are not watched");
    }
}
