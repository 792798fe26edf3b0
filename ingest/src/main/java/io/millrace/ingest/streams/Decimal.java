package io.millrace.ingest.streams;

/**
 * Decimal digits of numbers wider than a long, without a {@link java.math.BigInteger}: 18 digits are split off at a
 * time. Halves are unsigned. Stateless and thread-safe.
 */
final class Decimal {
    /** How many digits a long takes without a sign bit in the way. */
    static final int CHUNK_DIGITS = 18;

    static final long CHUNK = 1_000_000_000_000_000_000L;

    /** Brings {@link #CHUNK} to the highest bit, as the division wants it. */
    private static final int SHIFT = 4;

    private static final long NORMALIZED = CHUNK << SHIFT;

    /** The whole part of (2^128 - 1) / NORMALIZED, less 2^64. */
    private static final long RECIPROCAL = 0x2725DD1D243ABA0EL;

    private static final int HALF_CHUNK = 1_000_000_000;
    private static final int HALF_CHUNK_DIGITS = 9;

    /** The two digits of a number below 100, the first one in the high byte. */
    private static final char[] PAIRS = pairs();

    private Decimal() {}

    /**
     * Returns {@code (high * 2^64 + low) / CHUNK}, where {@code high} is below {@code CHUNK}.
     *
     * <p>N. Moeller, T. Granlund: Improved Division by Invariant Integers (2011), algorithm 4.
     */
    static long divide(long high, long low) {
        long top = high << SHIFT | low >>> (64 - SHIFT);
        long rest = low << SHIFT;
        long fraction = RECIPROCAL * top;
        long quotient = multiplyHigh(RECIPROCAL, top) + top + 1;
        fraction += rest;
        if (Long.compareUnsigned(fraction, rest) < 0) {
            quotient++;
        }
        long remainder = rest - quotient * NORMALIZED;
        if (Long.compareUnsigned(remainder, fraction) > 0) {
            quotient--;
            remainder += NORMALIZED;
        }
        return Long.compareUnsigned(remainder, NORMALIZED) >= 0 ? quotient + 1 : quotient;
    }

    /** Returns the upper half of the product. */
    static long multiplyHigh(long a, long b) {
        return Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
    }

    /** Writes 18 digits of a number below {@link #CHUNK}, with leading zeros. */
    static void write(long chunk, byte[] target, int offset) {
        long upper = chunk / HALF_CHUNK;
        write((int) upper, HALF_CHUNK_DIGITS, target, offset);
        write((int) (chunk - upper * HALF_CHUNK), HALF_CHUNK_DIGITS, target, offset + HALF_CHUNK_DIGITS);
    }

    /** Writes the last digits of a number below 10 to their power, with leading zeros. */
    static void write(int number, int digits, byte[] target, int offset) {
        int rest = number;
        int at = offset + digits;
        while (at - offset >= 2) {
            int next = rest / 100;
            char pair = PAIRS[rest - 100 * next];
            target[--at] = (byte) pair;
            target[--at] = (byte) (pair >> 8);
            rest = next;
        }
        if (at > offset) {
            target[offset] = (byte) ('0' + rest);
        }
    }

    private static char[] pairs() {
        char[] pairs = new char[100];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = (char) (('0' + i / 10) << 8 | ('0' + i % 10));
        }
        return pairs;
    }
}
