package io.millrace.protocol.shape;

import java.util.Base64;
import java.util.Locale;

/**
 * Blobs written as text: base64 of RFC 4648, section 4, padded, without white space, and with no bits behind the last
 * byte. Stateless.
 */
final class BlobText {
    /** How much of a wrong text is told to its sender. AWS tells all of it, which can be megabytes. */
    private static final int MAX_SHOWN = 1000;

    private BlobText() {}

    static byte[] decode(String text) throws MalformedBodyException {
        if (text.length() % 4 != 0) {
            throw refused(
                    text,
                    String.format(
                            Locale.ROOT,
                            "Base64 encoded length is expected a multiple of 4 bytes but found: %d",
                            text.length()));
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw refused(text, reason(text));
        }
        if (hasStrayBits(text)) {
            throw refused(text, "Invalid last non-pad Base64 character dectected"); // sic
        }
        return bytes;
    }

    private static String reason(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean isPadding = c == '=' && (i + 1 == text.length() || text.charAt(i + 1) == '=');
            if (valueOf(c) < 0 && !isPadding) {
                return String.format(Locale.ROOT, "Invalid Base64 character: '%s'", c);
            }
        }
        return "Invalid last non-pad Base64 character dectected"; // nothing but too much padding is left
    }

    /** Tells whether the character before the padding has bits that belong to no byte. The text has been decoded. */
    private static boolean hasStrayBits(String text) {
        int length = text.length();
        if (length == 0 || text.charAt(length - 1) != '=') {
            return false;
        }
        boolean isDouble = text.charAt(length - 2) == '=';
        int last = valueOf(text.charAt(length - (isDouble ? 3 : 2)));
        return (last & (isDouble ? 0xF : 0x3)) != 0;
    }

    private static int valueOf(char c) {
        if (c >= 'A' && c <= 'Z') {
            return c - 'A';
        }
        if (c >= 'a' && c <= 'z') {
            return c - 'a' + 26;
        }
        if (c >= '0' && c <= '9') {
            return c - '0' + 52;
        }
        return c == '+' ? 62 : c == '/' ? 63 : -1;
    }

    private static MalformedBodyException refused(String text, String reason) {
        String shown = text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...";
        return MalformedBodyException.mismatch(
                String.format(Locale.ROOT, "'%s' can not be converted to a Blob: %s", shown, reason));
    }
}
