package io.millrace.video.fragments;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The few operations by which a segment is written. It exists so that a test can see and fail them; production has one
 * implementation, over a {@link FileChannel}.
 */
interface SegmentOutput extends Closeable {

    /** Appends all of a buffer, or throws with any prefix of it written. */
    void write(ByteBuffer source) throws IOException;

    /** Drops what was written behind a position, at which the next write begins. */
    void rewind(long position) throws IOException;

    /** Returns once every byte written before the call is on stable storage. */
    void sync() throws IOException;

    /** Makes a segment's file, which must not exist. */
    @FunctionalInterface
    interface Factory {
        SegmentOutput create(Path file) throws IOException;
    }

    static SegmentOutput toFile(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return new SegmentOutput() {
            @Override
            public void write(ByteBuffer source) throws IOException {
                while (source.hasRemaining()) {
                    channel.write(source);
                }
            }

            @Override
            public void rewind(long position) throws IOException {
                channel.truncate(position);
                channel.position(position);
            }

            @Override
            public void sync() throws IOException {
                channel.force(false);
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }
}
