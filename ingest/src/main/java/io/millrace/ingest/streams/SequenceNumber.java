package io.millrace.ingest.streams;

import java.math.BigInteger;

/**
 * The sequence number of a record, in the layout that AWS uses and users' tools decode ("version 2"): 47 hexadecimal
 * digits, shown as 56 decimal ones.
 *
 * <pre>
 *  digits  field
 *       2  20
 *       8  second in which the shard was created, epoch
 *       1  lowest digit of the shard's index
 *      16  offset in the shard's log
 *       3  000
 *       8  second of arrival, epoch
 *       8  index of the shard
 *       1  2
 * </pre>
 *
 * <p>Numbers grow within a shard by the offset, and from a parent to its child by the creation second, which is larger in
 * the child. Offset and shard can be read back, so that a lookup needs no search.
 */
public record SequenceNumber(long shardCreatedSecond, int shardIndex, long offset, long arrivalSecond) {
    private static final int HEX_DIGITS = 47;
    private static final long MAX_SECOND = 0xFFFF_FFFFL;

    public SequenceNumber {
        if (shardCreatedSecond < 0
                || shardCreatedSecond > MAX_SECOND
                || arrivalSecond < 0
                || arrivalSecond > MAX_SECOND) {
            throw new IllegalArgumentException(
                    "seconds: %d and %d (expected: 0 to 2^32-1)".formatted(shardCreatedSecond, arrivalSecond));
        }
        if (offset < 0 || shardIndex < 0) {
            throw new IllegalArgumentException(
                    "offset %d, shard %d (expected: not negative)".formatted(offset, shardIndex));
        }
    }

    /** @throws IllegalArgumentException if the digits have another layout */
    public static SequenceNumber parse(String decimal) {
        String hex = new BigInteger(decimal).toString(16);
        if (hex.length() != HEX_DIGITS || !hex.startsWith("20") || !hex.endsWith("2")) {
            throw new IllegalArgumentException(
                    "sequence number: %s (expected: one of this service)".formatted(decimal));
        }
        SequenceNumber number = new SequenceNumber(
                Long.parseLong(hex, 2, 10, 16),
                Integer.parseUnsignedInt(hex, 38, 46, 16),
                Long.parseUnsignedLong(hex, 11, 27, 16),
                Long.parseLong(hex, 30, 38, 16));
        if (!number.toString().equals(decimal)) {
            throw new IllegalArgumentException(
                    "sequence number: %s (expected: one of this service)".formatted(decimal));
        }
        return number;
    }

    /** Returns the decimal digits. */
    @Override
    public String toString() {
        byte[] digits = new byte[HEX_DIGITS];
        digits[0] = 2;
        put(digits, 2, 8, shardCreatedSecond);
        put(digits, 10, 1, shardIndex & 0xF);
        put(digits, 11, 16, offset);
        put(digits, 30, 8, arrivalSecond);
        put(digits, 38, 8, shardIndex);
        digits[HEX_DIGITS - 1] = 2;
        byte[] magnitude = new byte[(HEX_DIGITS + 1) / 2];
        for (int i = 0; i < HEX_DIGITS; i++) {
            int nibble = i + 1; // an odd number of digits: the first byte holds one
            magnitude[nibble / 2] |= (byte) (nibble % 2 == 0 ? digits[i] << 4 : digits[i]);
        }
        return new BigInteger(1, magnitude).toString();
    }

    private static void put(byte[] digits, int from, int count, long value) {
        for (int i = 0; i < count; i++) {
            digits[from + count - 1 - i] = (byte) ((value >>> (4 * i)) & 0xF);
        }
    }
}
