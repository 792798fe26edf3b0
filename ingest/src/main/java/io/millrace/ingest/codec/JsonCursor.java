package io.millrace.ingest.codec;

import org.jspecify.annotations.Nullable;

/** Walks through JSON in UTF-8. Only partition keys may have escapes. */
final class JsonCursor extends BodyCursor {
    /** Longer than a key can be with every unit as an escape, so that a long string ends early. */
    private static final int MAX_KEY_UTF8_LENGTH = 3 * DecodedRecords.MAX_KEY_CHARS;

    private static final int MAX_NUMBER_DIGITS = 9;

    /** All blobs of the body, one behind the other. */
    private byte @Nullable [] blobs;

    private int blobsLength;
    private boolean first;
    private int textEnd;

    JsonCursor(byte[] body) {
        super(body);
    }

    @Override
    void beginObject() throws UncommonBodyException {
        expect('{');
        first = true;
    }

    @Override
    void beginArray() throws UncommonBodyException {
        expect('[');
        first = true;
    }

    @Override
    @Nullable
    Member nextMember() throws UncommonBodyException {
        if (!next('}')) {
            return null;
        }
        int from = textStart();
        Member member = Member.named(body, from, textEnd - from);
        expect(':');
        return member;
    }

    @Override
    boolean nextElement() throws UncommonBodyException {
        return next(']');
    }

    /** Steps over the comma between two members or elements, or over the bracket behind the last. */
    private boolean next(char closing) throws UncommonBodyException {
        int c = afterSpace();
        if (c == closing) {
            at++;
            first = false;
            return false;
        }
        if (!first) {
            require(c == ',');
            at++;
        }
        first = false;
        return true;
    }

    @Override
    int textStart() throws UncommonBodyException {
        expect('"');
        int from = at;
        int end = from;
        while (end < body.length && body[end] != '"') {
            require(Ascii.isVisible(body[end]) && body[end] != '\\');
            end++;
        }
        require(end < body.length);
        textEnd = end;
        at = end + 1;
        return from;
    }

    @Override
    int textEnd() {
        return textEnd;
    }

    @Override
    int number() throws UncommonBodyException {
        int c = afterSpace();
        require(Ascii.isDigit(c) && c != '0');
        int from = at;
        int value = 0;
        while (at < body.length && Ascii.isDigit(body[at])) {
            require(at - from < MAX_NUMBER_DIGITS);
            value = 10 * value + (body[at++] - '0');
        }
        c = afterSpace();
        require(c == ',' || c == '}');
        return value;
    }

    @Override
    void key(DecodedRecords records) throws UncommonBodyException {
        expect('"');
        int from = at;
        int end = from;
        while (end < body.length && isPlain(body[end])) {
            end++;
        }
        require(end < body.length);
        if (body[end] == '"') {
            records.keyInBody(from, end - from, end - from);
            at = end + 1;
        } else {
            otherKey(records);
        }
    }

    /** Tells whether a byte of a string stands for itself and for one character. */
    private static boolean isPlain(byte c) {
        return c >= ' ' && c != '"' && c != '\\';
    }

    /** Reads a key with escapes or with characters beyond ASCII. */
    private void otherKey(DecodedRecords records) throws UncommonBodyException {
        int start = records.reserveKey(MAX_KEY_UTF8_LENGTH + 4);
        byte[] target = records.unescapedKeys();
        int to = start;
        int chars = 0;
        while (true) {
            require(at < body.length && to - start <= MAX_KEY_UTF8_LENGTH);
            byte c = body[at];
            if (c == '"') {
                break;
            }
            if (c == '\\') {
                int codePoint = escape();
                chars += Character.charCount(codePoint);
                to = Utf8.write(codePoint, target, to);
            } else {
                require(c < 0 || c >= ' ');
                int length = c >= 0 ? 1 : Utf8.sequenceLength(body, at, body.length);
                System.arraycopy(body, at, target, to, length);
                at += length;
                to += length;
                chars += length == 4 ? 2 : 1;
            }
        }
        at++;
        records.keyUnescaped(to, chars);
    }

    private int escape() throws UncommonBodyException {
        require(body.length - at >= 2);
        int c = body[at + 1];
        at += 2;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicodeEscape();
            default -> throw new UncommonBodyException();
        };
    }

    private int unicodeEscape() throws UncommonBodyException {
        char unit = hex();
        if (!Character.isSurrogate(unit)) {
            return unit;
        }
        require(Character.isHighSurrogate(unit) && body.length - at >= 2);
        require(body[at] == '\\' && body[at + 1] == 'u');
        at += 2;
        char low = hex();
        require(Character.isLowSurrogate(low));
        return Character.toCodePoint(unit, low);
    }

    private char hex() throws UncommonBodyException {
        require(body.length - at >= 4);
        int value = 0;
        for (int end = at + 4; at < end; at++) {
            int digit = body[at] < 0 ? -1 : Character.digit((char) body[at], 16);
            require(digit >= 0);
            value = value << 4 | digit;
        }
        return (char) value;
    }

    @Override
    void data(DecodedRecords records) throws UncommonBodyException {
        expect('"');
        byte[] target = blobs;
        if (target == null) {
            target = new byte[(body.length - at) / 4 * 3 + 3 + Base64Block.SLACK];
            blobs = target;
        }
        int taken = Base64Block.decode(body, at, target, blobsLength);
        int length = taken / 4 * 3;
        at += taken;
        if (at < body.length && body[at] != '"') {
            int padded = Base64Block.decodePadded(body, at, target, blobsLength + length);
            require(padded > 0);
            length += padded;
            at += 4;
        }
        require(at < body.length && body[at] == '"');
        at++;
        records.dataIn(target, blobsLength, length);
        blobsLength += length;
    }

    @Override
    void end() throws UncommonBodyException {
        skipSpace();
        require(at == body.length);
    }

    private void expect(char c) throws UncommonBodyException {
        require(afterSpace() == c);
        at++;
    }

    /** Returns the next byte that is no white space, without taking it. */
    private int afterSpace() throws UncommonBodyException {
        skipSpace();
        require(at < body.length);
        return body[at];
    }

    private void skipSpace() {
        while (at < body.length && isSpace(body[at])) {
            at++;
        }
    }

    private static boolean isSpace(byte c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }
}
