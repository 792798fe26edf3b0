package io.millrace.ingest.log.segment;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC32C, plain and salted, and what it can tell of single flipped bits. */
final class Checksum {
    private static final int POLYNOMIAL = 0x82F63B78; // CRC32C, reflected
    private static final int[] TABLE = new int[256];
    private static final int[] INDEX_OF_TOP_BYTE = new int[256];

    static {
        for (int i = 0; i < TABLE.length; i++) {
            int value = i;
            for (int bit = 0; bit < 8; bit++) {
                value = (value & 1) != 0 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
            }
            TABLE[i] = value;
            INDEX_OF_TOP_BYTE[value >>> 24] = i;
        }
    }

    private Checksum() {}

    static int of(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }

    static int of(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /** Returns the checksum of eight bytes of salt and then of the bytes. */
    static int salted(long salt, byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, salt));
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }

    /**
     * Tells whether exactly one flipped bit in the bytes explains why they do not have the checksum they should.
     *
     * <p>A checksum is linear: the difference of the two depends only on which bits differ. The difference of one bit
     * is traced back from the end of the bytes to the place where it would have to be.
     */
    static boolean isOffByOneBit(byte[] bytes, int from, int length, int expected) {
        int difference = of(bytes, from, length) ^ expected;
        for (int fromEnd = 0; fromEnd < length && difference != 0; fromEnd++) {
            for (int bit = 0; bit < 8; bit++) {
                if (difference == TABLE[1 << bit]) {
                    return true;
                }
            }
            difference = beforeOneByte(difference);
        }
        return false;
    }

    /** Takes back what one zero byte did to the state of the checksum. */
    private static int beforeOneByte(int state) {
        int low = INDEX_OF_TOP_BYTE[state >>> 24];
        return ((state ^ TABLE[low]) << 8) | low;
    }
}
