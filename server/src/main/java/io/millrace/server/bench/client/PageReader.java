package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads GetRecords answers as they come. Every record has to have the size that was put, and its data is passed over
 * before it is copied anywhere: a client that shares its processors with what it measures should not carry ten
 * mebibytes about.
 */
final class PageReader implements BodySink {
    private static final byte[] JSON_DATA = "\"Data\":\"".getBytes(US_ASCII);
    private static final byte[] CBOR_DATA = "dData".getBytes(US_ASCII); // 'd' is 0x64, a text of four
    private static final byte[] NEXT = "NextShardIterator".getBytes(US_ASCII);
    private static final byte[] QUOTE = {'"'};
    private static final int FIRST_CAPACITY = 1024;
    /** How many bytes are copied at a time where it is not known how long the next data lets itself be waited for. */
    private static final int STEP = 64;

    private final WireFormat format;
    private final int recordBytes;
    private final byte[] name;
    private final byte[] length;
    private final int dataLength;

    /** What stands before the first data, and then what stands behind the last one. */
    private byte[] rest = new byte[FIRST_CAPACITY];

    private int restLength;
    private int headLength;
    private int searchFrom;
    private int between;
    private int dataLeft;
    private int records;

    /** @param recordBytes which every record has */
    PageReader(WireFormat format, int recordBytes) {
        this.format = format;
        this.recordBytes = recordBytes;
        boolean json = format == WireFormat.JSON;
        this.name = json ? JSON_DATA : CBOR_DATA;
        this.length = json ? new byte[0] : CborLength.ofBytes(recordBytes);
        this.dataLength = json ? (recordBytes + 2) / 3 * 4 : recordBytes;
    }

    @Override
    public void begin() {
        restLength = 0;
        headLength = 0;
        searchFrom = 0;
        dataLeft = 0;
        records = 0;
    }

    @Override
    public void take(ByteBuffer in, int count) throws IOException {
        int end = in.position() + count;
        while (in.position() < end) {
            int available = end - in.position();
            if (dataLeft > 0) {
                int passed = Math.min(dataLeft, available);
                in.position(in.position() + passed);
                dataLeft -= passed;
            } else {
                int known = between - (restLength - headLength);
                copy(in, Math.min(available, known > 0 ? known : STEP));
                int behindName = findName();
                if (behindName >= 0 && behindName + length.length <= restLength) {
                    in.position(in.position() - (restLength - behindName - length.length));
                    beginData(behindName);
                }
            }
        }
    }

    private void copy(ByteBuffer in, int count) {
        if (restLength + count > rest.length) {
            rest = Arrays.copyOf(rest, 2 * (restLength + count));
        }
        in.get(rest, restLength, count);
        restLength += count;
    }

    /** Returns where the name of the data ends in what was copied since the last data, -1 when it is not there yet. */
    private int findName() {
        int expected = headLength + between - length.length;
        if (between > 0 && ByteSearch.isAt(rest, expected - name.length, restLength, name)) {
            return expected;
        }
        int at = ByteSearch.indexOf(rest, searchFrom, restLength, name);
        searchFrom = at >= 0 ? at : Math.max(headLength, restLength - name.length + 1);
        return at < 0 ? -1 : at + name.length;
    }

    private void beginData(int lengthAt) throws IOException {
        if (!ByteSearch.isAt(rest, lengthAt, restLength, length)) {
            throw otherSize();
        }
        endData();
        int behind = lengthAt + length.length;
        if (records == 0) {
            headLength = behind;
            between = 0;
        } else {
            between = behind - headLength;
        }
        restLength = headLength;
        searchFrom = headLength;
        dataLeft = dataLength;
        records++;
    }

    /** Looks at what stands behind the data before. */
    private void endData() throws IOException {
        boolean ended = format != WireFormat.JSON || ByteSearch.isAt(rest, headLength, restLength, QUOTE);
        if (dataLeft > 0 || (records > 0 && !ended)) {
            throw otherSize();
        }
    }

    private IOException otherSize() {
        return new IOException(
                String.format(Locale.ROOT, "a record that was read has not the %d bytes that were put", recordBytes));
    }

    /** Returns what the body said, once it has been taken whole. */
    RecordsPage page() throws IOException {
        endData();
        String next = nextIterator(0, headLength);
        return new RecordsPage(records, next != null ? next : nextIterator(headLength, restLength));
    }

    /** Returns what went wrong according to the body, which was no page. */
    String errorName(int status) {
        return ErrorName.of(status, rest, 0, restLength);
    }

    private @Nullable String nextIterator(int from, int to) {
        int at = ByteSearch.indexOf(rest, from, to, NEXT);
        if (at < 0) {
            return null;
        }
        int value = at + NEXT.length;
        if (format == WireFormat.JSON) {
            int begin = value + 3; // ":"
            int end = ByteSearch.indexOf(rest, begin, to, QUOTE);
            return rest[begin - 1] == '"' && end > 0 ? new String(rest, begin, end - begin, US_ASCII) : null;
        }
        CborLength text = CborLength.ofText(rest, value, to);
        return text == null ? null : new String(rest, text.end(), text.value(), US_ASCII);
    }
}
