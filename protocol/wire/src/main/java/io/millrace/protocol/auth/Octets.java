package io.millrace.protocol.auth;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * A growing run of bytes, used again and again for what is hashed. A character stands for one byte, as in the strings
 * that come from the wire. Confined to one thread.
 */
final class Octets {
    private static final int FIRST_BYTES = 1024;
    private static final int MOST_CHARACTER = 0xFF;
    private static final byte[] LOWER_DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final HexFormat UPPER = HexFormat.of().withUpperCase();

    private byte[] bytes = new byte[FIRST_BYTES];
    private int length;

    void truncate(int toLength) {
        length = toLength;
    }

    int length() {
        return length;
    }

    /** Returns the buffer, of which the first {@link #length()} bytes count. */
    byte[] array() {
        return bytes;
    }

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    Octets add(char c) {
        ensure(1);
        bytes[length++] = octet(c);
        return this;
    }

    Octets add(CharSequence text) {
        int count = text.length();
        ensure(count);
        for (int i = 0; i < count; i++) {
            bytes[length + i] = octet(text.charAt(i));
        }
        length += count;
        return this;
    }

    private static byte octet(char c) {
        if (c > MOST_CHARACTER) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "character: %d (expected: one that stands for a byte)", (int) c));
        }
        return (byte) c;
    }

    /** Adds a header's value without the blanks around it, and with one space for each run of blanks inside. */
    void addTrimmed(CharSequence value) {
        int count = value.length();
        ensure(count);
        int start = length;
        boolean blank = false;
        for (int i = 0; i < count; i++) {
            char c = value.charAt(i);
            if (c == ' ' || c == '\t') {
                blank = true;
            } else {
                if (blank && length > start) {
                    bytes[length++] = ' ';
                }
                blank = false;
                bytes[length++] = octet(c);
            }
        }
    }

    /** Adds text with every byte that is not an unreserved character as a percent sign and two digits. */
    void addEncoded(String text, boolean keepSlashes) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isUnreserved(c) || (keepSlashes && c == '/')) {
                add(c);
            } else {
                add('%').add(UPPER.toHexDigits(octet(c)));
            }
        }
    }

    private static boolean isUnreserved(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }

    /** Adds each byte as two digits. */
    Octets addHex(byte[] raw) {
        ensure(2 * raw.length);
        for (byte octet : raw) {
            bytes[length++] = LOWER_DIGITS[(octet >> 4) & 0xF];
            bytes[length++] = LOWER_DIGITS[octet & 0xF];
        }
        return this;
    }

    /** Returns the bytes as characters of UTF-8, for people. */
    String toText() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Returns the bytes as characters, one for each. */
    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }
}
