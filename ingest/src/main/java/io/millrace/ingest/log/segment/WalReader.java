package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.DiskFile;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of one file of the write-ahead log through a window that moves over it. Changes nothing. Confined to
 * one thread.
 */
final class WalReader {
    private static final int WINDOW_BYTES = 1024 * 1024;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final DiskFile file;
    private final long salt;
    private final long size;
    private final byte[] window;
    private long windowAt;
    private int windowLength;

    WalReader(DiskFile file, long salt) throws IOException {
        this.file = file;
        this.salt = salt;
        this.size = file.length();
        this.window = new byte[(int) Math.min(WINDOW_BYTES, Math.max(size, Frame.HEADER_BYTES))];
    }

    long size() {
        return size;
    }

    /** Returns the header at a position; nothing if none that is whole begins there. */
    @Nullable
    Frame header(long position) throws IOException {
        return load(position) ? Frame.headerAt(window, (int) (position - windowAt), salt) : null;
    }

    /** Returns the header at a position after turning back the one bit that was wrong in it. */
    @Nullable
    Frame mendedHeader(long position) throws IOException {
        return load(position) ? Frame.mendedHeaderAt(window, (int) (position - windowAt), salt) : null;
    }

    /** Returns the frame of a header that was found at a position, in an array of its own; its payload is unchecked. */
    Frame frame(Frame header, long position) throws IOException {
        byte[] bytes = new byte[header.sizeBytes()];
        long from = position + Frame.HEADER_BYTES;
        int payload = header.payloadLength();
        if (from >= windowAt && from + payload <= windowAt + windowLength) {
            System.arraycopy(window, (int) (from - windowAt), bytes, Frame.HEADER_BYTES, payload);
        } else {
            file.read(
                    ByteBuffer.wrap(bytes, Frame.HEADER_BYTES, payload), from); // short at the end: fails the checksum
        }
        return header.withPayload(bytes);
    }

    /**
     * Looks for the next whole header from a position on.
     *
     * @param numberFrom the smallest log sequence number that can be
     * @param numberBelow the end of those that can be
     * @return the position; negative if there is none
     */
    long findHeader(long position, long numberFrom, long numberBelow) throws IOException {
        long at = position;
        while (load(at)) {
            int last = windowLength - Frame.HEADER_BYTES;
            int start = (int) (at - windowAt);
            for (; start <= last; start++) {
                long number = (long) LONG.get(window, start + 8); // looked at first: cheaper than a checksum
                if (number >= numberFrom && number < numberBelow && Frame.headerAt(window, start, salt) != null) {
                    return windowAt + start;
                }
            }
            at = windowAt + start;
        }
        return -1;
    }

    /** Moves the window so that a header at a position is in it. */
    private boolean load(long position) throws IOException {
        if (position >= windowAt && position + Frame.HEADER_BYTES <= windowAt + windowLength) {
            return true;
        }
        if (position + Frame.HEADER_BYTES > size) {
            return false;
        }
        windowAt = position;
        windowLength = file.read(ByteBuffer.wrap(window), position);
        return windowLength >= Frame.HEADER_BYTES;
    }
}
