package io.millrace.server.storage;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A path of the default file system whose files are changed durably, see {@link DurableFiles}. Immutable. */
final class DurablePath implements Path {
    private final DurableFileSystem fileSystem;
    private final Path path;

    DurablePath(DurableFileSystem fileSystem, Path path) {
        this.fileSystem = fileSystem;
        this.path = path;
    }

    /** Returns the path of the default file system. */
    static Path plain(Path path) {
        return path instanceof DurablePath durable ? durable.path : path;
    }

    private Path durable(Path plain) {
        return new DurablePath(fileSystem, plain);
    }

    private @Nullable Path durableOrNull(@Nullable Path plain) {
        return plain == null ? null : durable(plain);
    }

    @Override
    public FileSystem getFileSystem() {
        return fileSystem;
    }

    @Override
    public boolean isAbsolute() {
        return path.isAbsolute();
    }

    @Override
    public @Nullable Path getRoot() {
        return durableOrNull(path.getRoot());
    }

    @Override
    public @Nullable Path getFileName() {
        return durableOrNull(path.getFileName());
    }

    @Override
    public @Nullable Path getParent() {
        return durableOrNull(path.getParent());
    }

    @Override
    public int getNameCount() {
        return path.getNameCount();
    }

    @Override
    public Path getName(int index) {
        return durable(path.getName(index));
    }

    @Override
    public Path subpath(int beginIndex, int endIndex) {
        return durable(path.subpath(beginIndex, endIndex));
    }

    @Override
    public boolean startsWith(Path other) {
        return path.startsWith(plain(other));
    }

    @Override
    public boolean endsWith(Path other) {
        return path.endsWith(plain(other));
    }

    @Override
    public Path normalize() {
        return durable(path.normalize());
    }

    @Override
    public Path resolve(Path other) {
        return durable(path.resolve(plain(other)));
    }

    @Override
    public Path relativize(Path other) {
        return durable(path.relativize(plain(other)));
    }

    @Override
    public URI toUri() {
        return path.toUri();
    }

    @Override
    public Path toAbsolutePath() {
        return durable(path.toAbsolutePath());
    }

    @Override
    public Path toRealPath(LinkOption... options) throws IOException {
        return durable(path.toRealPath(options));
    }

    @Override
    public File toFile() {
        return path.toFile();
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers)
            throws IOException {
        return path.register(watcher, events, modifiers);
    }

    @Override
    public int compareTo(Path other) {
        return path.compareTo(plain(other));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DurablePath durable && path.equals(durable.path);
    }

    @Override
    public int hashCode() {
        return Objects.hash(path);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
