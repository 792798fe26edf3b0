package io.millrace.ingest.streams;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The hash keys a shard owns, both ends included. Never empty. */
public record HashKeyRange(HashKey start, HashKey end) {
    public HashKeyRange {
        if (start.compareTo(end) > 0) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "start: %s (expected: at most end %s)", start, end));
        }
    }

    public boolean contains(HashKey key) {
        return start.compareTo(key) <= 0 && key.compareTo(end) <= 0;
    }

    /** Returns the distance from the first key to the last. */
    BigInteger span() {
        return end.toBigInteger().subtract(start.toBigInteger());
    }

    boolean isFollowedBy(HashKeyRange other) {
        return !other.start.equals(HashKey.MIN) && other.start.previous().equals(end);
    }

    /**
     * Returns the ranges of a new stream's shards: equal parts of the whole space, the last one takes the remainder.
     */
    public static List<HashKeyRange> evenly(int shards) {
        BigInteger width = BigInteger.ONE.shiftLeft(128).divide(BigInteger.valueOf(shards));
        List<HashKeyRange> ranges = new ArrayList<>(shards);
        for (int i = 0; i < shards; i++) {
            BigInteger start = width.multiply(BigInteger.valueOf(i));
            HashKey end =
                    i == shards - 1 ? HashKey.MAX : HashKey.of(start.add(width).subtract(BigInteger.ONE));
            ranges.add(new HashKeyRange(HashKey.of(start), end));
        }
        return ranges;
    }
}
