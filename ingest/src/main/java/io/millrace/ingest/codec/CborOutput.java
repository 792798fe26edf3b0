package io.millrace.ingest.codec;

/** Writes CBOR as Jackson does: maps and arrays of indefinite length, everything else in its shortest form. */
final class CborOutput extends BodyOutput {
    private static final int UNSIGNED = 0x00;
    private static final int NEGATIVE = 0x20;
    private static final int BYTES = 0x40;
    private static final int TEXT = 0x60;
    private static final int INDEFINITE_ARRAY = 0x9F;
    private static final int INDEFINITE_MAP = 0xBF;
    private static final int TAG_TIMESTAMP = 0xC1;
    private static final int BREAK = 0xFF;

    CborOutput(int expectedLength) {
        super(expectedLength);
    }

    @Override
    void beginObject() {
        raw(INDEFINITE_MAP);
    }

    @Override
    void endObject() {
        raw(BREAK);
    }

    @Override
    void beginArray() {
        raw(INDEFINITE_ARRAY);
    }

    @Override
    void endArray() {
        raw(BREAK);
    }

    @Override
    void name(OutputName name) {
        raw(name.cbor, 0, name.cbor.length);
    }

    @Override
    void integer(long value) {
        if (value >= 0) {
            head(UNSIGNED, value);
        } else {
            head(NEGATIVE, -1 - value);
        }
    }

    /** Writes whole milliseconds under tag 1, as AWS does. */
    @Override
    void timestamp(long epochMillis) {
        raw(TAG_TIMESTAMP);
        integer(epochMillis);
    }

    @Override
    void blob(byte[] array, int from, int count) {
        head(BYTES, count);
        raw(array, from, count);
    }

    @Override
    void utf8(byte[] array, int from, int count) {
        head(TEXT, count);
        raw(array, from, count);
    }

    @Override
    void beginPlain(int count) {
        head(TEXT, count);
    }

    @Override
    void endPlain() {}

    @Override
    int objectLength(int members) {
        return 2;
    }

    @Override
    int separatorLength() {
        return 0;
    }

    @Override
    int nameLength(OutputName name) {
        return name.cbor.length;
    }

    @Override
    int timestampLength(long epochMillis) {
        return 1 + headLength(epochMillis >= 0 ? epochMillis : -1 - epochMillis);
    }

    @Override
    int blobLength(int count) {
        return headLength(count) + count;
    }

    @Override
    int utf8Length(byte[] array, int from, int count) {
        return headLength(count) + count;
    }

    @Override
    int plainLength(int count) {
        return headLength(count) + count;
    }

    private static int headLength(long value) {
        if (value < 24) {
            return 1;
        }
        return value <= 0xFF ? 2 : value <= 0xFFFF ? 3 : value <= 0xFFFF_FFFFL ? 5 : 9;
    }

    private void head(int major, long value) {
        if (value < 24) {
            raw(major | (int) value);
        } else if (value <= 0xFF) {
            head(major | 24, value, 1);
        } else if (value <= 0xFFFF) {
            head(major | 25, value, 2);
        } else if (value <= 0xFFFF_FFFFL) {
            head(major | 26, value, 4);
        } else {
            head(major | 27, value, 8);
        }
    }

    private void head(int first, long value, int size) {
        raw(first);
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
            raw((int) (value >>> shift));
        }
    }
}
