package io.millrace.protocol.endpoint;

import java.security.SecureRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Identifiers of requests, in the form of random UUIDs: half of one is drawn when the node starts, the other counts.
 * They need be unique and not secret, and a secure random number for each request would cost more than reading its
 * headers. Thread-safe.
 */
final class RequestIds {
    private static final long VERSION_4 = 0x4000L;
    private static final long VERSION_BITS = 0xF000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final long ODD = 0x9E37_79B9_7F4A_7C15L;

    private static final long NODE = (new SecureRandom().nextLong() & ~VERSION_BITS) | VERSION_4;
    private static final AtomicLong COUNTER = new AtomicLong(new SecureRandom().nextLong());

    private RequestIds() {}

    static String next() {
        return new UUID(NODE, VARIANT | (scattered(COUNTER.getAndIncrement()) >>> 2)).toString();
    }

    /** Neighbours should not look alike. Multiplying by an odd number and shifting are one to one. */
    private static long scattered(long number) {
        long once = (number ^ (number >>> 30)) * ODD;
        return once ^ (once >>> 27);
    }
}
