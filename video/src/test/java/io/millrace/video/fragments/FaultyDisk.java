package io.millrace.video.fragments;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import io.millrace.durable.disk.FileSystemDisk;
import io.millrace.durable.disk.ForwardingDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** The machine's disk, with segment files that are slow, gone, or cannot be written since no memory is left. */
final class FaultyDisk {
    private FaultyDisk() {}

    private static Disk withSegments(UnaryOperator<DiskFile> fault) {
        return new ForwardingDisk(new FileSystemDisk()) {
            @Override
            public DiskFile openForWrite(Path file) throws IOException {
                DiskFile open = super.openForWrite(file);
                return file.toString().endsWith(".seg") ? fault.apply(open) : open;
            }
        };
    }

    static Disk slowSync(CountDownLatch syncing, CountDownLatch release) {
        return withSegments(open -> new ForwardingDisk.File(open) {
            @Override
            public void sync() throws IOException {
                syncing.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                super.sync();
            }
        });
    }

    /** @param freeBytes how much can still be written to all files together */
    static Disk small(AtomicLong freeBytes) {
        return withSegments(open -> new ForwardingDisk.File(open) {
            @Override
            public void write(ByteBuffer source, long position) throws IOException {
                if (source.remaining() > freeBytes.get()) {
                    super.write(source.slice(0, (int) freeBytes.get()), position); // as much as fits
                    throw new IOException("No space left on device");
                }
                freeBytes.addAndGet(-source.remaining());
                super.write(source, position);
            }
        });
    }

    static Disk failingSync() {
        return withSegments(open -> new ForwardingDisk.File(open) {
            @Override
            public void sync() throws IOException {
                throw new IOException("the disk is gone");
            }
        });
    }

    static Disk withoutMemory() {
        return withSegments(open -> new ForwardingDisk.File(open) {
            @Override
            public void write(ByteBuffer source, long position) {
                throw new OutOfMemoryError("no memory is left");
            }
        });
    }

    static Disk withoutSegments() {
        return new ForwardingDisk(new FileSystemDisk()) {
            @Override
            public DiskFile openForWrite(Path file) throws IOException {
                if (file.toString().endsWith(".seg")) {
                    throw new IOException("interrupted");
                }
                return super.openForWrite(file);
            }
        };
    }
}
