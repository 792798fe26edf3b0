package io.millrace.ingest.codec;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/** Writes JSON as Jackson does: no white space, escapes for quotes, backslashes and control characters. */
final class JsonOutput extends BodyOutput {
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_ESCAPE_LENGTH = 6;
    private static final int MOST_DIGITS = 19;
    private static final int MAX_LONG_LENGTH = 20;

    /** What stands behind the backslash; 'u' where four digits follow; 0 where no escape is needed. */
    private static final byte[] ESCAPES = escapes();

    /** Whether a comma goes before what comes next. */
    private boolean comma;

    /** The last time that was written, in characters. */
    private final byte[] time = new byte[MAX_LONG_LENGTH + 1];

    private int timeLength;
    private long timeEpochMillis;

    JsonOutput(int expectedLength) {
        super(expectedLength);
    }

    @Override
    void beginObject() {
        begin('{');
    }

    @Override
    void endObject() {
        raw('}');
        comma = true;
    }

    @Override
    void beginArray() {
        begin('[');
    }

    @Override
    void endArray() {
        raw(']');
        comma = true;
    }

    private void begin(char bracket) {
        separate();
        raw(bracket);
        comma = false;
    }

    @Override
    void name(OutputName name) {
        separate();
        raw(name.json, 0, name.json.length);
        comma = false;
    }

    private void separate() {
        if (comma) {
            raw(',');
        }
        comma = true;
    }

    @Override
    void integer(long value) {
        separate();
        decimal(value);
    }

    /** Writes epoch seconds with three digits behind the point. Records that came together have one time. */
    @Override
    void timestamp(long epochMillis) {
        separate();
        if (timeLength > 0 && epochMillis == timeEpochMillis) {
            raw(time, 0, timeLength);
            return;
        }
        int from = length;
        seconds(epochMillis);
        timeLength = length - from;
        System.arraycopy(bytes, from, time, 0, timeLength);
        timeEpochMillis = epochMillis;
    }

    private void seconds(long epochMillis) {
        if (epochMillis < 0) {
            byte[] text = BigDecimal.valueOf(epochMillis, 3).toPlainString().getBytes(StandardCharsets.US_ASCII);
            raw(text, 0, text.length);
            return;
        }
        decimal(epochMillis / 1000);
        int fraction = (int) (epochMillis % 1000);
        raw('.');
        raw('0' + fraction / 100);
        raw('0' + fraction / 10 % 10);
        raw('0' + fraction % 10);
    }

    private void decimal(long value) {
        if (value < 0) {
            byte[] text = Long.toString(value).getBytes(StandardCharsets.US_ASCII);
            raw(text, 0, text.length);
            return;
        }
        ensure(MAX_LONG_LENGTH);
        int digits = digits(value);
        length += digits;
        long rest = value;
        for (int i = 1; i <= digits; i++) {
            bytes[length - i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    private static int digits(long value) {
        int digits = 1;
        for (long bound = 10; digits < MOST_DIGITS && value >= bound; bound *= 10) {
            digits++;
        }
        return digits;
    }

    @Override
    void blob(byte[] array, int from, int count) {
        separate();
        ensure(Base64Block.encodedLength(count) + 2);
        bytes[length] = '"';
        length = Base64Block.encode(array, from, count, bytes, length + 1);
        bytes[length++] = '"';
    }

    @Override
    void utf8(byte[] array, int from, int count) {
        separate();
        raw('"');
        int plain = from;
        int end = from + count;
        for (int at = from; at < end; at++) {
            byte c = array[at];
            if (c >= 0 && ESCAPES[c] != 0) {
                raw(array, plain, at - plain);
                escape(c);
                plain = at + 1;
            }
        }
        raw(array, plain, end - plain);
        raw('"');
    }

    @Override
    int objectLength(int members) {
        return 2 + members - 1;
    }

    @Override
    int separatorLength() {
        return 1;
    }

    @Override
    int nameLength(OutputName name) {
        return name.json.length;
    }

    @Override
    int timestampLength(long epochMillis) {
        return epochMillis < 0
                ? BigDecimal.valueOf(epochMillis, 3).toPlainString().length()
                : digits(epochMillis / 1000) + 4;
    }

    @Override
    int blobLength(int count) {
        return Base64Block.encodedLength(count) + 2;
    }

    @Override
    int utf8Length(byte[] array, int from, int count) {
        int sum = count + 2;
        for (int at = from; at < from + count; at++) {
            byte c = array[at];
            if (c >= 0 && ESCAPES[c] != 0) {
                sum += ESCAPES[c] == 'u' ? MAX_ESCAPE_LENGTH - 1 : 1;
            }
        }
        return sum;
    }

    @Override
    int plainLength(int count) {
        return count + 2;
    }

    private void escape(byte c) {
        ensure(MAX_ESCAPE_LENGTH);
        raw('\\');
        raw(ESCAPES[c]);
        if (ESCAPES[c] == 'u') {
            raw('0');
            raw('0');
            raw(HEX[c >> 4]);
            raw(HEX[c & 0xF]);
        }
    }

    @Override
    void beginPlain(int count) {
        separate();
        raw('"');
    }

    @Override
    void endPlain() {
        raw('"');
    }

    private static byte[] escapes() {
        byte[] escapes = new byte[128];
        for (int c = 0; c < ' '; c++) {
            escapes[c] = 'u';
        }
        escapes['\b'] = 'b';
        escapes['\f'] = 'f';
        escapes['\n'] = 'n';
        escapes['\r'] = 'r';
        escapes['\t'] = 't';
        escapes['"'] = '"';
        escapes['\\'] = '\\';
        return escapes;
    }
}
