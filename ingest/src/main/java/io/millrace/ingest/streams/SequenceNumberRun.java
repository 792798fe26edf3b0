package io.millrace.ingest.streams;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The decimal digits of many sequence numbers, one after the other. Where a number belongs to the record behind the one
 * before, as nearly always when a shard is read, its digits are those of the one before and a sum: a tenth of the work.
 * Confined to one thread.
 */
public final class SequenceNumberRun {
    /** The digits by which the numbers of neighbours differ, as digits and not as characters. */
    private static final byte[] STEP = step();

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

    private void addStep() {
        int carry = 0;
        int at = digits.length - 1;
        for (int i = STEP.length - 1; i >= 0; i--) {
            int sum = digits[at] + STEP[i] + carry;
            carry = sum > '9' ? 1 : 0;
            digits[at--] = (byte) (sum - 10 * carry);
        }
        while (carry > 0) {
            carry = digits[at] == '9' ? 1 : 0;
            digits[at] = (byte) (carry > 0 ? '0' : digits[at] + 1);
            at--;
        }
    }

    private static byte[] step() {
        byte[] step = BigInteger.ONE
                .shiftLeft(SequenceNumber.POSITION_SHIFT)
                .toString()
                .getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < step.length; i++) {
            step[i] = (byte) (step[i] - '0');
        }
        return step;
    }
}
