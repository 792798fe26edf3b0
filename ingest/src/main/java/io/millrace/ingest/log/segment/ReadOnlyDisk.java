package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** A disk on which nothing can be changed. */
record ReadOnlyDisk(Disk disk) implements Disk {

    @Override
    public DiskFile openForRead(Path file) throws IOException {
        return disk.openForRead(file);
    }

    @Override
    public boolean exists(Path file) throws IOException {
        return disk.exists(file);
    }

    @Override
    public boolean isDirectory(Path directory) throws IOException {
        return disk.isDirectory(directory);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return disk.list(directory);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return disk.usableBytes(directory);
    }

    @Override
    public long totalBytes(Path directory) throws IOException {
        return disk.totalBytes(directory);
    }

    @Override
    public DiskFile openForWrite(Path file) throws IOException {
        throw refused(file);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        throw refused(directory);
    }

    @Override
    public void delete(Path file) throws IOException {
        throw refused(file);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        throw refused(from);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        throw refused(directory);
    }

    private static IOException refused(Path file) {
        return new IOException(String.format(Locale.ROOT, "%s: is only looked at, and cannot be changed", file));
    }
}
