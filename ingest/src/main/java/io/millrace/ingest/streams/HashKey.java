package io.millrace.ingest.streams;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;

/**
 * A place in the 128-bit space of hash keys, as two unsigned halves.
 *
 * <p>A record's place is the MD5 of its partition key's UTF-8 bytes, or the explicit hash key it came with (Kinesis
 * Data Streams API reference, PutRecord).
 */
public record HashKey(long high, long low) implements Comparable<HashKey> {
    public static final HashKey MIN = new HashKey(0, 0);
    public static final HashKey MAX = new HashKey(-1, -1);
    private static final BigInteger LIMIT = BigInteger.ONE.shiftLeft(128);
    private static final int MAX_DIGITS = 39;
    private static final int FIRST_DIGITS = MAX_DIGITS - 2 * Decimal.CHUNK_DIGITS;

    /** Times {@link Decimal#CHUNK} it still fits 64 unsigned bits. */
    private static final long MAX_INNER_HIGH = 18;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final ThreadLocal<Md5> MD5 = ThreadLocal.withInitial(Md5::new);

    public static HashKey ofPartitionKey(byte[] utf8) {
        return ofPartitionKey(utf8, 0, utf8.length);
    }

    /** Hashes a key that lies somewhere in an array. */
    public static HashKey ofPartitionKey(byte[] array, int offset, int length) {
        return MD5.get().of(array, offset, length);
    }

    /** @throws IllegalArgumentException if the number is negative or has more than 128 bits */
    public static HashKey of(BigInteger number) {
        if (number.signum() < 0 || number.compareTo(LIMIT) >= 0) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "hash key: %s (expected: 0 to 2^128-1)", number));
        }
        return new HashKey(number.shiftRight(64).longValue(), number.longValue());
    }

    /** Parses decimal digits. */
    public static HashKey parse(String decimal) {
        int length = decimal.length();
        if (length == 0 || length > MAX_DIGITS || !hasDigitsOnly(decimal)) {
            return of(new BigInteger(decimal)); // has another form, or what is wrong with it
        }
        int middle = Math.max(0, length - Decimal.CHUNK_DIGITS);
        int upper = Math.max(0, middle - Decimal.CHUNK_DIGITS);
        long first = number(decimal, 0, upper);
        long second = number(decimal, upper, middle);
        long third = number(decimal, middle, length);
        // (first * CHUNK + second) * CHUNK + third; the part in brackets is below 1000 * CHUNK, which has 70 bits
        long innerLow = first * Decimal.CHUNK + second;
        long innerHigh = Decimal.multiplyHigh(first, Decimal.CHUNK) + carry(innerLow, second);
        long low = innerLow * Decimal.CHUNK + third;
        long lowHigh = Decimal.multiplyHigh(innerLow, Decimal.CHUNK) + carry(low, third);
        long high = innerHigh * Decimal.CHUNK + lowHigh;
        if (innerHigh > MAX_INNER_HIGH || carry(high, lowHigh) != 0) {
            return of(new BigInteger(decimal)); // above 2^128, which is told there
        }
        return new HashKey(high, low);
    }

    private static boolean hasDigitsOnly(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static long number(String decimal, int from, int end) {
        return from == end ? 0 : Long.parseLong(decimal, from, end, 10);
    }

    /** Returns the carry of an addition whose result is {@code sum} and one of whose terms is {@code term}. */
    private static int carry(long sum, long term) {
        return Long.compareUnsigned(sum, term) < 0 ? 1 : 0;
    }

    /** Returns the key before this one, which must not be the first. */
    HashKey previous() {
        if (equals(MIN)) {
            throw new IllegalStateException("nothing is before hash key 0");
        }
        return new HashKey(low == 0 ? high - 1 : high, low - 1);
    }

    public BigInteger toBigInteger() {
        return new BigInteger(
                1, ByteBuffer.allocate(16).putLong(high).putLong(low).array());
    }

    @Override
    public int compareTo(HashKey other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /** Returns the decimal digits. */
    @Override
    public String toString() {
        long upper = Long.divideUnsigned(high, Decimal.CHUNK);
        long lower = Decimal.divide(high - upper * Decimal.CHUNK, low);
        long first = Decimal.divide(upper, lower);
        byte[] digits = new byte[MAX_DIGITS];
        Decimal.write((int) first, FIRST_DIGITS, digits, 0);
        Decimal.write(lower - first * Decimal.CHUNK, digits, FIRST_DIGITS);
        Decimal.write(low - lower * Decimal.CHUNK, digits, FIRST_DIGITS + Decimal.CHUNK_DIGITS);
        int zeros = 0;
        while (zeros < MAX_DIGITS - 1 && digits[zeros] == '0') {
            zeros++;
        }
        return new String(digits, zeros, MAX_DIGITS - zeros, StandardCharsets.ISO_8859_1);
    }

    /** A digest and the place for its result. Confined to a thread. */
    private static final class Md5 {
        private final MessageDigest digest;
        private final byte[] result = new byte[16];

        Md5() {
            try {
                digest = MessageDigest.getInstance("MD5");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has MD5", e);
            }
        }

        HashKey of(byte[] array, int offset, int length) {
            try {
                digest.update(array, offset, length);
                digest.digest(result, 0, result.length);
            } catch (DigestException e) {
                throw new IllegalStateException("an MD5 has 16 bytes", e);
            }
            return new HashKey((long) LONG.get(result, 0), (long) LONG.get(result, 8));
        }
    }
}
