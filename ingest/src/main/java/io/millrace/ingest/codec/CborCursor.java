package io.millrace.ingest.codec;

import org.jspecify.annotations.Nullable;

/** Walks through CBOR: maps and arrays of either length form, strings of the definite one, no tags. */
final class CborCursor extends BodyCursor {
    private static final int UNSIGNED = 0;
    private static final int BYTES = 2;
    private static final int TEXT = 3;
    private static final int ARRAY = 4;
    private static final int MAP = 5;
    private static final int INDEFINITE = 31;
    private static final int BREAK = 0xFF;
    private static final int MAX_DEPTH = 3;

    /** How many members or elements are still to come at each level; -1 when a break ends the level. */
    private final int[] toCome = new int[MAX_DEPTH];

    private int depth = -1;
    private int textEnd;

    CborCursor(byte[] body) {
        super(body);
    }

    @Override
    void beginObject() throws UncommonBodyException {
        begin(MAP);
    }

    @Override
    void beginArray() throws UncommonBodyException {
        begin(ARRAY);
    }

    private void begin(int major) throws UncommonBodyException {
        require(at < body.length && depth + 1 < MAX_DEPTH);
        depth++;
        if ((body[at] & 0xFF) == (major << 5 | INDEFINITE)) {
            at++;
            toCome[depth] = -1;
        } else {
            toCome[depth] = length(major);
        }
    }

    @Override
    boolean nextElement() throws UncommonBodyException {
        int left = toCome[depth];
        if (left > 0) {
            toCome[depth] = left - 1;
            return true;
        }
        if (left < 0) {
            require(at < body.length);
            if ((body[at] & 0xFF) != BREAK) {
                return true;
            }
            at++;
        }
        depth--;
        return false;
    }

    @Override
    @Nullable
    Member nextMember() throws UncommonBodyException {
        if (!nextElement()) {
            return null;
        }
        int length = string(TEXT);
        return Member.named(body, at - length, length);
    }

    @Override
    int textStart() throws UncommonBodyException {
        int length = string(TEXT);
        for (int i = at - length; i < at; i++) {
            require(Ascii.isVisible(body[i]));
        }
        textEnd = at;
        return at - length;
    }

    @Override
    int textEnd() {
        return textEnd;
    }

    @Override
    int number() throws UncommonBodyException {
        return length(UNSIGNED);
    }

    @Override
    void key(DecodedRecords records) throws UncommonBodyException {
        int length = string(TEXT);
        records.keyInBody(at - length, length, Utf8.chars(body, at - length, at));
    }

    @Override
    void data(DecodedRecords records) throws UncommonBodyException {
        int length = string(BYTES);
        records.dataIn(body, at - length, length);
    }

    @Override
    void end() throws UncommonBodyException {
        require(at == body.length);
    }

    /** Steps over a whole string and returns its length. */
    private int string(int major) throws UncommonBodyException {
        int length = length(major);
        require(length <= body.length - at);
        at += length;
        return length;
    }

    /** Reads the head of an item: its type, and its length or value below 2^31. */
    private int length(int major) throws UncommonBodyException {
        require(at < body.length);
        int head = body[at++] & 0xFF;
        require(head >>> 5 == major);
        int info = head & 0x1F;
        if (info < 24) {
            return info;
        }
        require(info <= 26 && body.length - at >= 1 << (info - 24));
        int value = 0;
        for (int end = at + (1 << (info - 24)); at < end; at++) {
            value = value << 8 | (body[at] & 0xFF);
        }
        require(value >= 0);
        return value;
    }
}
