package io.millrace.ingest.streams;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A place in the 128-bit space of hash keys, as two unsigned halves.
 *
 * <p>A record's place is the MD5 of its partition key's UTF-8 bytes, or the explicit hash key it came with (Kinesis Data
 * Streams API reference, PutRecord).
 */
public record HashKey(long high, long low) implements Comparable<HashKey> {
    public static final HashKey MIN = new HashKey(0, 0);
    public static final HashKey MAX = new HashKey(-1, -1);
    private static final BigInteger LIMIT = BigInteger.ONE.shiftLeft(128);
    private static final ThreadLocal<MessageDigest> MD5 = ThreadLocal.withInitial(HashKey::md5);

    public static HashKey ofPartitionKey(byte[] utf8) {
        ByteBuffer digest = ByteBuffer.wrap(MD5.get().digest(utf8));
        return new HashKey(digest.getLong(), digest.getLong());
    }

    /** @throws IllegalArgumentException if the number is negative or has more than 128 bits */
    public static HashKey of(BigInteger number) {
        if (number.signum() < 0 || number.compareTo(LIMIT) >= 0) {
            throw new IllegalArgumentException("hash key: %s (expected: 0 to 2^128-1)".formatted(number));
        }
        return new HashKey(number.shiftRight(64).longValue(), number.longValue());
    }

    /** Parses decimal digits. */
    public static HashKey parse(String decimal) {
        return of(new BigInteger(decimal));
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
        return toBigInteger().toString();
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }
}
