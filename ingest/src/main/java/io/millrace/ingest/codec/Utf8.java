package io.millrace.ingest.codec;

/** Strict UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF. */
final class Utf8 {
    private Utf8() {}

    /**
     * Returns how many UTF-16 units a range of bytes stands for.
     *
     * @throws UncommonBodyException if it is not UTF-8
     */
    static int chars(byte[] bytes, int from, int end) throws UncommonBodyException {
        int chars = 0;
        int at = from;
        while (at < end) {
            int length = bytes[at] >= 0 ? 1 : sequenceLength(bytes, at, end);
            chars += length == 4 ? 2 : 1;
            at += length;
        }
        return chars;
    }

    /** Returns the length of the multi-byte sequence that starts at a byte above 0x7F. */
    static int sequenceLength(byte[] bytes, int at, int end) throws UncommonBodyException {
        int lead = bytes[at] & 0xFF;
        int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        BodyCursor.require(lead >= 0xC2 && lead <= 0xF4 && end - at >= length);
        int second = bytes[at + 1] & 0xFF;
        int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        int highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        BodyCursor.require(second >= lowest && second <= highest);
        for (int i = 2; i < length; i++) {
            BodyCursor.require((bytes[at + i] & 0xC0) == 0x80);
        }
        return length;
    }

    /** Writes a code point that is no surrogate; returns the position behind it. */
    static int write(int codePoint, byte[] target, int at) {
        int end = at;
        if (codePoint < 0x80) {
            target[end++] = (byte) codePoint;
        } else if (codePoint < 0x800) {
            target[end++] = (byte) (0xC0 | codePoint >> 6);
            target[end++] = (byte) (0x80 | (codePoint & 0x3F));
        } else if (codePoint < 0x10000) {
            target[end++] = (byte) (0xE0 | codePoint >> 12);
            target[end++] = (byte) (0x80 | (codePoint >> 6 & 0x3F));
            target[end++] = (byte) (0x80 | (codePoint & 0x3F));
        } else {
            target[end++] = (byte) (0xF0 | codePoint >> 18);
            target[end++] = (byte) (0x80 | (codePoint >> 12 & 0x3F));
            target[end++] = (byte) (0x80 | (codePoint >> 6 & 0x3F));
            target[end++] = (byte) (0x80 | (codePoint & 0x3F));
        }
        return end;
    }
}
