package io.millrace.ingest.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Base64 between two places in arrays, with the alphabet of RFC 4648, section 4, and padding.
 *
 * <p>Works on pairs of characters through tables, since a pair is 12 bits: 16 characters make one round of reading, 12
 * bytes one round of writing. Stateless and thread-safe.
 */
final class Base64Block {
    /** How many bytes behind its result {@link #decode} may overwrite. */
    static final int SLACK = 2;

    private static final VarHandle LITTLE = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BIG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private static final byte PADDING = '=';

    /**
     * The 12 bits of two characters, the first one in the low byte of the index; -1 where one is not of the alphabet.
     */
    private static final short[] BITS_OF_PAIR = bitsOfPairs();

    /** Two characters for 12 bits, the first one in the low byte. */
    private static final char[] PAIR_OF_BITS = pairsOfBits();

    private Base64Block() {}

    /**
     * Decodes whole groups of four characters until one has a character that is not of the alphabet.
     *
     * @return how many characters were taken; three quarters of them are the bytes written
     */
    static int decode(byte[] text, int from, byte[] target, int offset) {
        int at = from;
        int to = offset;
        while (at <= text.length - 16) {
            long a = eight((long) LITTLE.get(text, at));
            long b = eight((long) LITTLE.get(text, at + 8));
            if ((a | b) < 0) {
                break;
            }
            BIG.set(target, to, a << 16);
            BIG.set(target, to + 6, b << 16);
            at += 16;
            to += 12;
        }
        while (at <= text.length - 4) {
            int bits = pair(text, at) << 12 | pair(text, at + 2);
            if (bits < 0) {
                break;
            }
            write(bits, 3, target, to);
            at += 4;
            to += 3;
        }
        return at - from;
    }

    /** Returns 48 bits, or a negative number when a character is not of the alphabet. */
    private static long eight(long characters) {
        int first = BITS_OF_PAIR[(int) characters & 0xFFFF] << 12 | BITS_OF_PAIR[(int) characters >>> 16];
        int second = BITS_OF_PAIR[(int) (characters >>> 32) & 0xFFFF] << 12 | BITS_OF_PAIR[(int) (characters >>> 48)];
        return (long) first << 24 | second;
    }

    private static int pair(byte[] text, int at) {
        return BITS_OF_PAIR[(text[at] & 0xFF) | (text[at + 1] & 0xFF) << 8];
    }

    private static void write(int bits, int count, byte[] target, int offset) {
        for (int i = 0; i < count; i++) {
            target[offset + i] = (byte) (bits >>> (16 - 8 * i));
        }
    }

    /**
     * Decodes the group of four characters that ends in padding.
     *
     * @return how many bytes were written, 1 or 2; 0 when there is no such group here
     */
    static int decodePadded(byte[] text, int from, byte[] target, int offset) {
        if (text.length - from < 4 || text[from + 3] != PADDING) {
            return 0;
        }
        int count = text[from + 2] == PADDING ? 1 : 2;
        int third = count == 1 ? 0 : BITS_OF_PAIR['A' | (text[from + 2] & 0xFF) << 8];
        int bits = pair(text, from) << 12 | third << 6;
        int stray = count == 1 ? 0xFFFF : 0xFF;
        if (bits < 0 || (bits & stray) != 0) { // AWS refuses bits that belong to no byte
            return 0;
        }
        write(bits, count, target, offset);
        return count;
    }

    static int encodedLength(int length) {
        return Math.multiplyExact(4, (length + 2) / 3);
    }

    /** Writes {@link #encodedLength} characters and returns the position behind them. */
    static int encode(byte[] source, int from, int length, byte[] target, int offset) {
        int at = from;
        int to = offset;
        int end = from + length;
        while (at <= end - 14) { // two at a time: a sixth less time than one
            LITTLE.set(target, to, eightOf((long) BIG.get(source, at)));
            LITTLE.set(target, to + 8, eightOf((long) BIG.get(source, at + 6)));
            at += 12;
            to += 16;
        }
        while (at < end) {
            int count = Math.min(3, end - at);
            encodeGroup(source, at, count, target, to);
            at += count;
            to += 4;
        }
        return to;
    }

    /** Returns eight characters for the upper 48 bits. */
    private static long eightOf(long bits) {
        return PAIR_OF_BITS[(int) (bits >>> 52)]
                | (long) PAIR_OF_BITS[(int) (bits >>> 40) & 0xFFF] << 16
                | (long) PAIR_OF_BITS[(int) (bits >>> 28) & 0xFFF] << 32
                | (long) PAIR_OF_BITS[(int) (bits >>> 16) & 0xFFF] << 48;
    }

    private static void encodeGroup(byte[] source, int from, int count, byte[] target, int offset) {
        int bits = 0;
        for (int i = 0; i < count; i++) {
            bits |= (source[from + i] & 0xFF) << (16 - 8 * i);
        }
        long characters = eightOf((long) bits << 40);
        for (int i = 0; i < 4; i++) {
            target[offset + i] = i <= count ? (byte) (characters >>> (8 * i)) : PADDING;
        }
    }

    private static short[] bitsOfPairs() {
        short[] bits = new short[1 << 16];
        Arrays.fill(bits, (short) -1);
        for (int i = 0; i < 64; i++) {
            for (int j = 0; j < 64; j++) {
                bits[ALPHABET.charAt(i) | ALPHABET.charAt(j) << 8] = (short) (i << 6 | j);
            }
        }
        return bits;
    }

    private static char[] pairsOfBits() {
        char[] pairs = new char[1 << 12];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = (char) (ALPHABET.charAt(i >>> 6) | ALPHABET.charAt(i & 0x3F) << 8);
        }
        return pairs;
    }
}
