package io.millrace.video;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Takes a GetMedia answer apart, written apart from the server's parser so that they do not share mistakes. Clusters have
 * to have a known size.
 */
final class ChunkReader {
    private static final long EBML = 0x1A45DFA3L;
    private static final long SEGMENT = 0x18538067L;
    private static final long CLUSTER = 0x1F43B675L;
    private static final long TAGS = 0x1254C367L;

    private final DataInputStream in;
    private ByteArrayOutputStream copy = new ByteArrayOutputStream();

    ChunkReader(InputStream in) {
        this.in = new DataInputStream(in);
    }

    boolean isAtEnd() throws IOException {
        return in.read() < 0;
    }

    Chunk next() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        Map<String, String> tags = new LinkedHashMap<>();
        byte[] cluster = null;
        while (true) {
            copy = new ByteArrayOutputStream();
            long id = vint(false);
            long size = vint(true);
            byte[] body = id == SEGMENT ? new byte[0] : in.readNBytes((int) size);
            if (id != SEGMENT && body.length < size) {
                throw new EOFException("inside element " + Long.toHexString(id));
            }
            copy.writeBytes(body);
            if (id == CLUSTER) {
                cluster = copy.toByteArray();
            } else if (id == TAGS && readAwsTags(body, tags)) {
                if (cluster != null) {
                    return new Chunk(head.toByteArray(), tags, cluster);
                }
            } else if (id == EBML && head.size() > 0) {
                throw new IOException("a chunk begins inside another");
            } else {
                head.writeBytes(copy.toByteArray());
            }
        }
    }

    /** The layout is fixed: two bytes of identifier and four of size for each of tag, simple tag, name and string. */
    private static boolean readAwsTags(byte[] body, Map<String, String> tags) {
        String text = new String(body, StandardCharsets.ISO_8859_1);
        if (!text.contains("AWS_KINESISVIDEO_")) {
            return false;
        }
        int at = 0;
        while (at < body.length) {
            int nameLength = length(body, at + 14);
            String name = text.substring(at + 18, at + 18 + nameLength);
            int valueAt = at + 18 + nameLength + 6;
            int valueLength = length(body, valueAt - 4);
            tags.put(name, text.substring(valueAt, valueAt + valueLength));
            at = valueAt + valueLength;
        }
        return true;
    }

    private static int length(byte[] body, int at) {
        return java.nio.ByteBuffer.wrap(body).getInt(at) & 0x0FFFFFFF;
    }

    private long vint(boolean unmarked) throws IOException {
        int first = in.readUnsignedByte();
        copy.write(first);
        int length = Integer.numberOfLeadingZeros(first) - 23;
        long value = unmarked ? first & (0xFF >> length) : first;
        for (int i = 1; i < length; i++) {
            int next = in.readUnsignedByte();
            copy.write(next);
            value = value << 8 | next;
        }
        return value;
    }
}
