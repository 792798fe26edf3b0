package io.millrace.server.bench.client;

import java.util.Arrays;

/** Finds bytes in bytes. */
final class ByteSearch {
    private ByteSearch() {}

    /** Returns where {@code wanted} begins in {@code bytes[from, to)}, -1 when it is not there as a whole. */
    static int indexOf(byte[] bytes, int from, int to, byte[] wanted) {
        byte first = wanted[0];
        int last = to - wanted.length;
        for (int i = from; i <= last; i++) {
            if (bytes[i] == first && isAt(bytes, i, to, wanted)) {
                return i;
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
