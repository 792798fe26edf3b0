package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a reader needs of a GetRecords answer. Every record has to have the size that was put, and its data is jumped over.
 *
 * @param nextIterator null at the end of a closed shard
 */
record RecordsPage(int records, @Nullable String nextIterator) {
    private static final byte[] JSON_DATA = "\"Data\":\"".getBytes(US_ASCII);
    private static final byte[] CBOR_DATA = "dData".getBytes(US_ASCII); // 'd' is 0x64, a text of four
    private static final byte[] NEXT = "NextShardIterator".getBytes(US_ASCII);
    private static final int CBOR_BYTES = 0x40;
    private static final int CBOR_TEXT = 0x60;

    static RecordsPage read(WireFormat format, byte[] body, int from, int to, int recordBytes) throws IOException {
        byte[] marker = format == WireFormat.JSON ? JSON_DATA : CBOR_DATA;
        int at = ByteSearch.indexOf(body, from, to, marker);
        int end = at < 0 ? to : at;
        String next = nextIterator(format, body, from, end);
        int records = 0;
        int after = from;
        int between = 0;
        while (at >= 0) {
            after = format == WireFormat.JSON
                    ? afterBase64(body, at + marker.length, to, recordBytes)
                    : afterBytes(body, at + marker.length, to, recordBytes);
            records++;
            int expected = after + between; // most records have keys of one length: there is nothing to search then
            at = ByteSearch.isAt(body, expected, to, marker) ? expected : ByteSearch.indexOf(body, after, to, marker);
            between = at - after;
        }
        return new RecordsPage(records, next != null ? next : nextIterator(format, body, after, to));
    }

    private static int afterBase64(byte[] body, int at, int to, int recordBytes) throws IOException {
        int after = at + (recordBytes + 2) / 3 * 4;
        if (after >= to || body[after] != '"') {
            throw new IOException("a record that was read has not the %d bytes that were put".formatted(recordBytes));
        }
        return after;
    }

    private static int afterBytes(byte[] body, int at, int to, int recordBytes) throws IOException {
        CborLength length = CborLength.at(body, at, CBOR_BYTES);
        if (length == null || length.value() != recordBytes || length.end() + recordBytes > to) {
            throw new IOException("a record that was read has not the %d bytes that were put".formatted(recordBytes));
        }
        return length.end() + recordBytes;
    }

    private static @Nullable String nextIterator(WireFormat format, byte[] body, int from, int to) {
        int at = ByteSearch.indexOf(body, from, to, NEXT);
        if (at < 0) {
            return null;
        }
        int value = at + NEXT.length;
        if (format == WireFormat.JSON) {
            int begin = value + 3; // ":"
            int end = ByteSearch.indexOf(body, begin, to, new byte[] {'"'});
            return body[begin - 1] == '"' && end > 0 ? new String(body, begin, end - begin, US_ASCII) : null;
        }
        CborLength length = CborLength.at(body, value, CBOR_TEXT);
        return length == null ? null : new String(body, length.end(), length.value(), US_ASCII);
    }

    /** The head of a CBOR byte string or text, of definite length. */
    private record CborLength(int value, int end) {
        private static final int ONE_BYTE = 24;
        private static final int TWO_BYTES = 25;
        private static final int FOUR_BYTES = 26;

        static @Nullable CborLength at(byte[] body, int at, int major) {
            int low = (body[at] & 0xff) - major;
            int size = low < ONE_BYTE ? 0 : low == ONE_BYTE ? 1 : low == TWO_BYTES ? 2 : 4;
            if (low < 0 || low > FOUR_BYTES || at + size >= body.length) {
                return null;
            }
            int value = size == 0 ? low : 0;
            for (int i = 1; i <= size; i++) {
                value = value << 8 | (body[at + i] & 0xff);
            }
            return new CborLength(value, at + 1 + size);
        }
    }
}
