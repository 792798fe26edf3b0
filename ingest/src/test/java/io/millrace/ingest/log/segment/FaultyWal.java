package io.millrace.ingest.log.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * Files of the write-ahead log on a disk that can fail or stand still.
 *
 * <p>A failing write leaves half of its bytes behind; a failing sync leaves all of them, as far as anybody can tell. After
 * one failure the disk works again, which is the dangerous case: a writer that goes on would acknowledge records behind a
 * hole. Thread-safe.
 */
final class FaultyWal implements WalFiles {
    private volatile boolean failNextWrite;
    private volatile boolean failNextSync;
    private volatile CountDownLatch syncsWaitFor = new CountDownLatch(0);

    void failNextWrite() {
        failNextWrite = true;
    }

    void failNextSync() {
        failNextSync = true;
    }

    /** Makes every sync wait until the latch is released. */
    void holdSyncs(CountDownLatch latch) {
        syncsWaitFor = latch;
    }

    @Override
    public FileChannel create(Path file) throws IOException {
        return new Channel(WalFiles.ON_DISK.create(file));
    }

    private final class Channel extends FileChannel {
        private final FileChannel disk;

        Channel(FileChannel disk) {
            this.disk = disk;
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            if (failNextWrite) {
                failNextWrite = false;
                int half = source.remaining() / 2;
                disk.write(source.slice(source.position(), half), position);
                throw new IOException("injected: the write failed after %d bytes".formatted(half));
            }
            return disk.write(source, position);
        }

        @Override
        public void force(boolean metaData) throws IOException {
            try {
                syncsWaitFor.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            if (failNextSync) {
                failNextSync = false;
                throw new IOException("injected: the sync failed");
            }
            disk.force(metaData);
        }

        @Override
        public long size() throws IOException {
            return disk.size();
        }

        @Override
        protected void implCloseChannel() throws IOException {
            disk.close();
        }

        @Override
        public int read(ByteBuffer target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long read(ByteBuffer[] targets, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int write(ByteBuffer source) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long position() {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileChannel position(long newPosition) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileChannel truncate(long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(ByteBuffer target, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }
    }
}
