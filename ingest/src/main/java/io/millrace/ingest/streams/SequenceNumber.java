package io.millrace.ingest.streams;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * The sequence number of a record, in the layout that AWS uses and users' tools decode ("version 2"): 47 hexadecimal
 * digits, shown as 56 decimal ones.
 *
 * <pre>
 *  digits  field
 *       2  20
 *       8  second in which the shard was created, epoch
 *       1  lowest digit of the shard's index
 *      16  position: 1 for the shard's first record; 0 stands before it, as in the number at which a shard begins
 *       3  000
 *       8  second of arrival, epoch
 *       8  index of the shard
 *       1  2
 * </pre>
 *
 * <p>Numbers grow within a shard by the position, and from a parent to its child by the creation second, which is
 * larger in the child. Position and shard can be read back, so that a lookup needs no search.
 */
public record SequenceNumber(long shardCreatedSecond, int shardIndex, long position, long arrivalSecond) {
    /** The length of every sequence number. */
    public static final int DECIMAL_DIGITS = 56;

    /** How many bits stand behind the position. */
    static final int POSITION_SHIFT = 80;

    private static final int FIRST_DIGITS = DECIMAL_DIGITS - 3 * Decimal.CHUNK_DIGITS;
    private static final int HEX_DIGITS = 47;
    private static final long MAX_SECOND = 0xFFFF_FFFFL;

    public SequenceNumber {
        if (shardCreatedSecond < 0
                || shardCreatedSecond > MAX_SECOND
                || arrivalSecond < 0
                || arrivalSecond > MAX_SECOND) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "seconds: %d and %d (expected: 0 to 2^32-1)", shardCreatedSecond, arrivalSecond));
        }
        if (position < 0 || shardIndex < 0) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "position %d, shard %d (expected: not negative)", position, shardIndex));
        }
    }

    /** @throws IllegalArgumentException if the digits have another layout */
    public static SequenceNumber parse(String decimal) {
        String hex = new BigInteger(decimal).toString(16);
        if (hex.length() != HEX_DIGITS || !hex.startsWith("20") || !hex.endsWith("2")) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "sequence number: %s (expected: one of this service)", decimal));
        }
        SequenceNumber number = new SequenceNumber(
                Long.parseLong(hex, 2, 10, 16),
                Integer.parseUnsignedInt(hex, 38, 46, 16),
                Long.parseUnsignedLong(hex, 11, 27, 16),
                Long.parseLong(hex, 30, 38, 16));
        if (!number.toString().equals(decimal)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "sequence number: %s (expected: one of this service)", decimal));
        }
        return number;
    }

    /**
     * Tells whether a number may stand before records to come, as SequenceNumberForOrdering: one of this layout or of
     * the one before it, of any stream, that is not from the future. AWS asks for no more.
     */
    public static boolean isPlausible(String decimal, long nowEpochMillis) {
        String hex = new BigInteger(decimal).toString(16);
        int version = Character.digit(hex.charAt(hex.length() - 1), 16);
        return hex.length() == HEX_DIGITS
                && hex.charAt(0) == '2'
                && (version == 1 || version == 2)
                && hex.charAt(11) < '8'
                && Long.parseLong(hex, 30, 38, 16) * 1000 <= nowEpochMillis;
    }

    /**
     * Returns the shard that a number of AWS's first layout speaks of, which had 124 bits; absent for another number.
     */
    static OptionalInt shardOfFirstLayout(String decimal) {
        BigInteger number = new BigInteger(decimal);
        return number.bitLength() > 124 ? OptionalInt.empty() : OptionalInt.of(number.intValue() & 0xFFFF);
    }

    /** Tells whether this is the number of the record behind another one that arrived in the same second. */
    boolean isNextTo(SequenceNumber other) {
        return position == other.position + 1
                && arrivalSecond == other.arrivalSecond
                && shardIndex == other.shardIndex
                && shardCreatedSecond == other.shardCreatedSecond;
    }

    /**
     * Writes the decimal digits, of which there are always {@value #DECIMAL_DIGITS}.
     *
     * @param at where the first digit goes
     * @return the position behind the last digit
     */
    public int writeDecimal(byte[] target, int at) {
        long low = 2 | (long) shardIndex << 4 | arrivalSecond << 36;
        long middle = arrivalSecond >>> 28 | position << 16;
        long high = position >>> 48 | (shardIndex & 0xFL) << 16 | shardCreatedSecond << 20 | 0x20L << 52;

        long upper = Decimal.divide(high, middle); // the number is below CHUNK * 2^128
        long lower = Decimal.divide(middle - upper * Decimal.CHUNK, low);
        Decimal.write(low - lower * Decimal.CHUNK, target, at + DECIMAL_DIGITS - Decimal.CHUNK_DIGITS);

        long top = upper / Decimal.CHUNK;
        long rest = Decimal.divide(upper - top * Decimal.CHUNK, lower);
        Decimal.write(lower - rest * Decimal.CHUNK, target, at + DECIMAL_DIGITS - 2 * Decimal.CHUNK_DIGITS);

        long first = Decimal.divide(top, rest);
        Decimal.write(rest - first * Decimal.CHUNK, target, at + FIRST_DIGITS);
        Decimal.write((int) first, FIRST_DIGITS, target, at);
        return at + DECIMAL_DIGITS;
    }

    /** Returns the decimal digits. */
    @Override
    public String toString() {
        byte[] digits = new byte[DECIMAL_DIGITS];
        writeDecimal(digits, 0);
        return new String(digits, StandardCharsets.ISO_8859_1);
    }
}
