package io.millrace.protocol.api;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The values of {@code x-amz-id-2}, by which AWS's support finds a request besides its id: 96 characters of base64.
 * They need not be secret, and a secure random number for each answer would cost more than the rest of its head.
 * Thread-safe.
 */
final class ExtendedIds {
    private static final byte[] CHARACTERS =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".getBytes(StandardCharsets.US_ASCII);
    private static final int LENGTH = 96;
    private static final int BITS = 6;
    private static final int OF_ONE_NUMBER = 8;

    private ExtendedIds() {}

    static String next() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        byte[] id = new byte[LENGTH];
        long bits = 0;
        for (int i = 0; i < LENGTH; i++) {
            bits = i % OF_ONE_NUMBER == 0 ? random.nextLong() : bits >>> BITS;
            id[i] = CHARACTERS[(int) bits & (CHARACTERS.length - 1)];
        }
        return new String(id, StandardCharsets.ISO_8859_1);
    }
}
