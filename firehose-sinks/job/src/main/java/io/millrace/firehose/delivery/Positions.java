package io.millrace.firehose.delivery;

import java.math.BigDecimal;

/**
 * Positions in a shard: a sequence number, or {@code <sequence number>/<n>} for the n-th record of a KPL aggregate. A
 * sequence number alone stands for all of its records. Positions of one shard grow.
 */
public final class Positions {
    /** The position before every record. */
    public static final String NONE = "";

    private static final char SUB = '/';
    private static final int WHOLE = 999_999_999;
    private static final int FRACTION_DIGITS = 9;

    private Positions() {}

    /** Returns the position of the n-th record of an aggregate, from 0. */
    public static String ofSubRecord(String sequenceNumber, long n) {
        return sequenceNumber + SUB + n;
    }

    /** Compares as {@link java.util.Comparator#compare} does. */
    public static int compare(String one, String other) {
        String oneNumber = sequenceNumber(one);
        String otherNumber = sequenceNumber(other);
        if (oneNumber.length() != otherNumber.length()) {
            return Integer.compare(oneNumber.length(), otherNumber.length());
        }
        int numbers = oneNumber.compareTo(otherNumber);
        return numbers != 0 ? numbers : Integer.compare(fraction(one), fraction(other));
    }

    /** Returns the sequence number of a position. */
    public static String sequenceNumber(String position) {
        int sub = position.indexOf(SUB);
        return sub < 0 ? position : position.substring(0, sub);
    }

    /** Returns which record of its aggregate a position is, or 0. */
    public static int subSequenceNumber(String position) {
        int sub = position.indexOf(SUB);
        return sub < 0 ? 0 : Integer.parseInt(position.substring(sub + 1));
    }

    /**
     * Tells whether a position may be in the midst of an aggregate, whose sequence number has to be read again then.
     */
    public static boolean isInAggregate(String position) {
        return position.indexOf(SUB) >= 0;
    }

    /** Returns a number that grows with the position. */
    public static BigDecimal number(String position) {
        return new BigDecimal(sequenceNumber(position) + fractionText(fraction(position)));
    }

    /** Returns the number just before every record of the position's sequence number. */
    public static BigDecimal numberBefore(String position) {
        return new BigDecimal(sequenceNumber(position) + fractionText(0));
    }

    private static String fractionText(int fraction) {
        String digits = Integer.toString(fraction);
        return "." + "0".repeat(FRACTION_DIGITS - digits.length()) + digits;
    }

    private static int fraction(String position) {
        int sub = position.indexOf(SUB);
        return sub < 0 ? WHOLE : Integer.parseInt(position.substring(sub + 1)) + 1;
    }
}
