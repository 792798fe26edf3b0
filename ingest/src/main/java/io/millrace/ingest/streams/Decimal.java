package io.millrace.ingest.streams;

/**
 * Decimal digits of numbers wider than a long, without a {@link java.math.BigInteger}: 18 digits are split off at a time.
 * Halves are unsigned. Stateless and thread-safe.
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

    /** Writes the last digits of a number, with leading zeros. */
    static void write(int number, int digits, byte[] target, int offset) {
        int rest = number;
        for (int i = offset + digits - 1; i >= offset; i--) {
            int next = rest / 10;
            target[i] = (byte) ('0' + rest - 10 * next);
            rest = next;
        }
    }
}
