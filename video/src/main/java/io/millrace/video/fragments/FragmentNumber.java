package io.millrace.video.fragments;

import java.math.BigInteger;
import java.util.Locale;

/**
 * The names of fragments: 47 decimal digits whose order as text is the order of arrival.
 *
 * <p>Inside, a number is a long: 23 bits of epoch, which grows with each start of the node and is durable before its
 * first use, and 40 bits that count within the epoch. So no number is given out twice, not even one that was announced
 * to a producer and never stored. As text it is a 1, the epoch and the count in 23 digits each.
 */
public final class FragmentNumber {
    static final int COUNT_BITS = 40;

    private static final int PART_DIGITS = 23;
    private static final BigInteger PART = BigInteger.TEN.pow(PART_DIGITS);
    private static final long MAX_COUNT = (1L << COUNT_BITS) - 1;
    private static final long MAX_EPOCH = Long.MAX_VALUE >>> COUNT_BITS;

    private FragmentNumber() {}

    public static String format(long number) {
        return String.format(Locale.ROOT, "1%023d%023d", number >>> COUNT_BITS, number & MAX_COUNT);
    }

    /**
     * Returns the greatest number of ours that is not above a decimal text, which need not be a number of ours.
     *
     * @param digits one or more decimal digits
     */
    public static long floorOf(String digits) {
        BigInteger value = new BigInteger(digits).subtract(PART.pow(2));
        if (value.signum() < 0) {
            return -1;
        }
        BigInteger[] parts = value.divideAndRemainder(PART);
        if (parts[0].bitLength() > Long.SIZE - 1 - COUNT_BITS) {
            return MAX_EPOCH << COUNT_BITS | MAX_COUNT;
        }
        long count = parts[1].bitLength() > COUNT_BITS ? MAX_COUNT : parts[1].longValue();
        return parts[0].longValue() << COUNT_BITS | count;
    }
}
