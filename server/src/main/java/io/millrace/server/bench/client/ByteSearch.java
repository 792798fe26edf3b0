package io.millrace.server.bench.client;

import java.util.Arrays;

/** Finds bytes in bytes. */
final class ByteSearch {
    private ByteSearch() {}

    /**
     * Returns where {@code wanted}, which is ASCII, begins in {@code bytes[from, to)}, -1 when it is not there as a
     * whole.
     */
    static int indexOf(byte[] bytes, int from, int to, byte[] wanted) {
        long low = 0;
        long high = 0;
        for (byte b : wanted) {
            low |= b < Long.SIZE ? 1L << b : 0;
            high |= b < Long.SIZE ? 0 : 1L << (b - Long.SIZE);
        }
        byte first = wanted[0];
        int last = to - wanted.length;
        int i = from;
        while (i <= last) {
            byte behind = bytes[i + wanted.length - 1];
            long letters = behind < Long.SIZE ? low : high;
            if (behind < 0 || (letters >>> behind & 1) == 0) {
                i += wanted.length; // no place up to there has room for it
            } else if (bytes[i] == first && isAt(bytes, i, to, wanted)) {
                return i;
            } else {
                i++;
            }
        }
        return -1;
    }

    /** Tells whether {@code wanted} stands at a place in {@code bytes[0, to)}, as a whole. */
    static boolean isAt(byte[] bytes, int at, int to, byte[] wanted) {
        return at >= 0
                && to - at >= wanted.length
                && Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length);
    }
}
