package io.millrace.ingest.streams;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The decimal digits of many sequence numbers, one after the other. Where a number belongs to the record behind the one
 * before, as nearly always when a shard is read, its digits are those of the one before and a sum: a tenth of the work.
 * Confined to one thread.
 */
public final class SequenceNumberRun {
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** By how much the numbers of neighbours differ, eight digits to a long and one to a byte, the last ones first. */
    private static final long[] STEP = step();

    /** Brings a byte that is above the character 9 over its end, so that the sum carries by itself. */
    private static final long ABOVE_NINE = 0xC6C6C6C6C6C6C6C6L;

    private static final long ZEROS = 0x3030303030303030L;
    private static final long HIGHEST_BITS = 0x8080808080808080L;

    private final byte[] digits = new byte[SequenceNumber.DECIMAL_DIGITS];
    private @Nullable SequenceNumber last;

    /** Writes what {@link SequenceNumber#writeDecimal} writes. */
    public int writeDecimal(SequenceNumber number, byte[] target, int at) {
        if (last != null && number.isNextTo(last)) {
            addStep();
        } else {
            number.writeDecimal(digits, 0);
        }
        last = number;
        System.arraycopy(digits, 0, target, at, digits.length);
        return at + digits.length;
    }

    /** Adds eight digits at a time. */
    private void addStep() {
        int carry = 0;
        int at = digits.length - Long.BYTES;
        for (int i = 0; i < STEP.length || carry > 0; i++, at -= Long.BYTES) {
            long characters = (long) EIGHT.get(digits, at);
            long added = (i < STEP.length ? STEP[i] : 0) + ABOVE_NINE + carry;
            long sum = characters + added;
            carry = Long.compareUnsigned(sum, added) < 0 ? 1 : 0;
            // those that did not carry have 0xC6 too much, the others a character 0 too little
            long notCarried = (sum & HIGHEST_BITS) >>> 7;
            EIGHT.set(digits, at, sum + ZEROS - notCarried * 0xF6);
        }
    }

    private static long[] step() {
        String digits = BigInteger.ONE.shiftLeft(SequenceNumber.POSITION_SHIFT).toString();
        long[] step = new long[(digits.length() + Long.BYTES - 1) / Long.BYTES];
        for (int i = 0; i < digits.length(); i++) {
            long digit = Character.digit(digits.charAt(digits.length() - 1 - i), 10);
            step[i / Long.BYTES] |= digit << (i % Long.BYTES * Byte.SIZE);
        }
        return step;
    }
}
