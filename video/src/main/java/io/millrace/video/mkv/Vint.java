package io.millrace.video.mkv;

/** EBML's integers of variable length: the number of leading zero bits tells how many bytes follow the first. */
final class Vint {
    /** The size of an element that ends where an element begins that cannot be inside. */
    static final long UNKNOWN = -1;

    private Vint() {}

    /** Returns the length in bytes that a first byte announces, 1 to 8; 9 when the byte is zero. */
    static int lengthOf(byte first) {
        return Integer.numberOfLeadingZeros(first & 0xFF) - 23;
    }

    /** Returns the value without its marker bit; {@link #UNKNOWN} when all its bits are set. */
    static long size(byte[] bytes, int offset, int length) {
        long mask = (1L << (7 * length)) - 1;
        long value = raw(bytes, offset, length) & mask;
        return value == mask ? UNKNOWN : value;
    }

    /** Returns the bytes as one unsigned number, the marker included, as identifiers are written. */
    static long raw(byte[] bytes, int offset, int length) {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = (value << 8) | (bytes[offset + i] & 0xFF);
        }
        return value;
    }
}
