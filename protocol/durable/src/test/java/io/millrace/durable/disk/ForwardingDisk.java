package io.millrace.durable.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** A disk that does what another one does, but for what a test overrides. */
public class ForwardingDisk implements Disk {
    private final Disk target;

    public ForwardingDisk(Disk target) {
        this.target = target;
    }

    @Override
    public DiskFile openForRead(Path file) throws IOException {
        return target.openForRead(file);
    }

    @Override
    public DiskFile openForWrite(Path file) throws IOException {
        return target.openForWrite(file);
    }

    @Override
    public boolean exists(Path file) throws IOException {
        return target.exists(file);
    }

    @Override
    public boolean isDirectory(Path directory) throws IOException {
        return target.isDirectory(directory);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return target.list(directory);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        target.createDirectories(directory);
    }

    @Override
    public void delete(Path file) throws IOException {
        target.delete(file);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        target.move(from, to);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        target.syncDirectory(directory);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return target.usableBytes(directory);
    }

    @Override
    public long totalBytes(Path directory) throws IOException {
        return target.totalBytes(directory);
    }

    /** An open file that does what another one does, but for what a test overrides. */
    public static class File implements DiskFile {
        private final DiskFile target;

        public File(DiskFile target) {
            this.target = target;
        }

        @Override
        public int read(ByteBuffer buffer, long position) throws IOException {
            return target.read(buffer, position);
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            target.write(source, position);
        }

        @Override
        public long length() throws IOException {
            return target.length();
        }

        @Override
        public void truncate(long length) throws IOException {
            target.truncate(length);
        }

        @Override
        public void sync() throws IOException {
            target.sync();
        }

        @Override
        public void close() throws IOException {
            target.close();
        }
    }
}
