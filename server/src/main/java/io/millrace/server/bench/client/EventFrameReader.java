package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Cuts an event stream ({@code application/vnd.amazon.eventstream}) into its frames and checks both checksums of each.
 *
 * <pre>
 *  offset  size  field
 *       0     4  length of the whole frame in bytes
 *       4     4  length of the headers in bytes, h
 *       8     4  CRC32 of the eight bytes before
 *      12     h  headers: length of the name (1), name, type (1, here always 7), length of the value (2), value
 *    12+h     n  payload
 *  12+h+n     4  CRC32 of everything before
 * </pre>
 *
 * <p>All integers are big-endian. Confined to one thread.
 */
public final class EventFrameReader {
    private static final int PRELUDE_BYTES = 12;
    private static final int LENGTHS_BYTES = 8;
    private static final int CRC_BYTES = 4;
    private static final int MAX_FRAME_BYTES = 24 * 1024 * 1024;
    private static final int TYPE_TEXT = 7;

    private byte[] bytes = new byte[64 * 1024];
    private int length;

    /** Is told of each frame. The payload is {@code bytes[from, to)}, valid during the call. */
    @FunctionalInterface
    public interface FrameSink {
        void frame(Map<String, String> headers, byte[] bytes, int from, int to) throws IOException;
    }

    /** Takes bytes cut anywhere. @throws IOException if they are no event stream or were damaged */
    public void feed(ByteBuffer in, FrameSink sink) throws IOException {
        int count = in.remaining();
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + count, bytes.length * 2));
        }
        in.get(bytes, length, count);
        length += count;
        int at = 0;
        while (length - at >= PRELUDE_BYTES) {
            int frameBytes = frameBytes(at);
            if (length - at < frameBytes) {
                break;
            }
            frame(at, frameBytes, sink);
            at += frameBytes;
        }
        System.arraycopy(bytes, at, bytes, 0, length - at);
        length -= at;
    }

    private int frameBytes(int at) throws IOException {
        ByteBuffer prelude = ByteBuffer.wrap(bytes, at, PRELUDE_BYTES);
        int frameBytes = prelude.getInt();
        int headerBytes = prelude.getInt();
        check("prelude", at, LENGTHS_BYTES, prelude.getInt());
        if (frameBytes > MAX_FRAME_BYTES
                || headerBytes < 0
                || frameBytes < PRELUDE_BYTES + (long) headerBytes + CRC_BYTES) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "event frame: %d bytes with %d of headers (expected: at most %d)",
                    frameBytes,
                    headerBytes,
                    MAX_FRAME_BYTES));
        }
        return frameBytes;
    }

    private void frame(int at, int frameBytes, FrameSink sink) throws IOException {
        int end = at + frameBytes - CRC_BYTES;
        check("frame", at, frameBytes - CRC_BYTES, ByteBuffer.wrap(bytes).getInt(end));
        int payload = at + PRELUDE_BYTES + ByteBuffer.wrap(bytes).getInt(at + CRC_BYTES);
        sink.frame(
                headers(ByteBuffer.wrap(bytes, at + PRELUDE_BYTES, payload - at - PRELUDE_BYTES)), bytes, payload, end);
    }

    private void check(String what, int from, int count, int expected) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(bytes, from, count);
        if ((int) crc.getValue() != expected) {
            throw new IOException(String.format(Locale.ROOT, "event stream: the checksum of a %s is wrong", what));
        }
    }

    private static Map<String, String> headers(ByteBuffer in) throws IOException {
        Map<String, String> headers = new HashMap<>();
        while (in.hasRemaining()) {
            String name = text(in, in.get() & 0xff);
            int type = in.get();
            if (type != TYPE_TEXT) {
                throw new IOException(String.format(
                        Locale.ROOT, "event stream: header %s has the type %d (expected: 7, a text)", name, type));
            }
            headers.put(name, text(in, in.getShort() & 0xffff));
        }
        return headers;
    }

    private static String text(ByteBuffer in, int count) throws IOException {
        if (count > in.remaining()) {
            throw new IOException("event stream: a header is longer than the headers");
        }
        byte[] text = new byte[count];
        in.get(text);
        return new String(text, UTF_8);
    }
}
