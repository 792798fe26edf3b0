package io.millrace.durable.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file. Confined to one thread. */
public interface DiskFile extends Closeable {

    /** Reads until {@code target} is full or the file ends; returns the number of bytes read, 0 at the end. */
    int read(ByteBuffer target, long position) throws IOException;

    /** Writes all of {@code source} at {@code position}, or throws with any part of it written. */
    void write(ByteBuffer source, long position) throws IOException;

    /** Returns the length in bytes. */
    long length() throws IOException;

    /** Cuts off everything from a length on; a file that is shorter stays as it is. */
    void truncate(long length) throws IOException;

    /** Returns once every byte written before the call is on stable storage, and the length if it has grown. */
    void sync() throws IOException;
}
