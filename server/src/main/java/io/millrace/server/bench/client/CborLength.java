package io.millrace.server.bench.client;

import org.jspecify.annotations.Nullable;

/**
 * The head of a CBOR byte string or text, of definite length (RFC 8949, section 3).
 *
 * @param end where the content begins
 */
record CborLength(int value, int end) {
    private static final int BYTES = 0x40;
    private static final int TEXT = 0x60;
    private static final int ONE_BYTE = 24;
    private static final int TWO_BYTES = 25;
    private static final int FOUR_BYTES = 26;

    /** Reads the head of a text, null where none is. */
    static @Nullable CborLength ofText(byte[] body, int at, int to) {
        int low = at < to ? (body[at] & 0xff) - TEXT : -1;
        int size = low < ONE_BYTE ? 0 : 1 << (low - ONE_BYTE);
        if (low < 0 || low > FOUR_BYTES || at + 1 + size > to) {
            return null;
        }
        int value = size == 0 ? low : 0;
        for (int i = 1; i <= size; i++) {
            value = value << 8 | (body[at + i] & 0xff);
        }
        return at + 1 + size + value > to ? null : new CborLength(value, at + 1 + size);
    }

    /** Returns the shortest head of a byte string. */
    static byte[] ofBytes(int value) {
        if (value < ONE_BYTE) {
            return new byte[] {(byte) (BYTES + value)};
        }
        if (value <= 0xff) {
            return new byte[] {(byte) (BYTES + ONE_BYTE), (byte) value};
        }
        if (value <= 0xffff) {
            return new byte[] {(byte) (BYTES + TWO_BYTES), (byte) (value >> 8), (byte) value};
        }
        return new byte[] {
            (byte) (BYTES + FOUR_BYTES), (byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value
        };
    }
}
