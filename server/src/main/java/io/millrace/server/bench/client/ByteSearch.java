package io.millrace.server.bench.client;

/** Finds bytes in bytes. */
final class ByteSearch {
    private ByteSearch() {}

    /** Returns where {@code wanted} begins in {@code bytes[from, to)}, -1 when it is not there as a whole. */
    static int indexOf(byte[] bytes, int from, int to, byte[] wanted) {
        byte first = wanted[0];
        int last = to - wanted.length;
        for (int i = from; i <= last; i++) {
            if (bytes[i] == first && matches(bytes, i, wanted)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean matches(byte[] bytes, int at, byte[] wanted) {
        for (int i = 1; i < wanted.length; i++) {
            if (bytes[at + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }
}
