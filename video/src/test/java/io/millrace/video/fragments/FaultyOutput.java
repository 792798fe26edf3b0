package io.millrace.video.fragments;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** Segment files on a disk that is slow, gone, or of which nothing can be written since no memory is left. */
class FaultyOutput implements SegmentOutput {
    private final SegmentOutput target;

    FaultyOutput(SegmentOutput target) {
        this.target = target;
    }

    @Override
    public void write(ByteBuffer source) throws IOException {
        target.write(source);
    }

    @Override
    public void rewind(long position) throws IOException {
        target.rewind(position);
    }

    @Override
    public void sync() throws IOException {
        target.sync();
    }

    @Override
    public void close() throws IOException {
        target.close();
    }

    static SegmentOutput slowSync(Path file, CountDownLatch syncing, CountDownLatch release) throws IOException {
        SegmentOutput real = SegmentOutput.toFile(file);
        return new FaultyOutput(real) {
            @Override
            public void sync() throws IOException {
                syncing.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                real.sync();
            }
        };
    }

    /** @param freeBytes how much can still be written to all files together */
    static SegmentOutput onSmallDisk(Path file, AtomicLong freeBytes) throws IOException {
        return new FaultyOutput(SegmentOutput.toFile(file)) {
            @Override
            public void write(ByteBuffer source) throws IOException {
                if (source.remaining() > freeBytes.get()) {
                    super.write(source.slice(0, (int) freeBytes.get())); // as much as fits
                    throw new IOException("No space left on device");
                }
                freeBytes.addAndGet(-source.remaining());
                super.write(source);
            }
        };
    }

    static SegmentOutput failingSync(Path file) throws IOException {
        return new FaultyOutput(SegmentOutput.toFile(file)) {
            @Override
            public void sync() throws IOException {
                throw new IOException("the disk is gone");
            }
        };
    }

    static SegmentOutput withoutMemory(Path file) throws IOException {
        return new FaultyOutput(SegmentOutput.toFile(file)) {
            @Override
            public void write(ByteBuffer source) {
                throw new OutOfMemoryError("no memory is left");
            }
        };
    }
}
