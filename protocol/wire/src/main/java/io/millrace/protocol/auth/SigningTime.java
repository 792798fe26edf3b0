package io.millrace.protocol.auth;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;

/** Times as signatures have them: {@code 20150830T123600Z}. */
final class SigningTime {
    private static final int CHARACTERS = 16;
    private static final String FORM = "ddddddddTddddddZ";
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private SigningTime() {}

    static boolean isBasicFormat(String text) {
        if (text.length() != CHARACTERS) {
            return false;
        }
        for (int i = 0; i < CHARACTERS; i++) {
            char expected = FORM.charAt(i);
            char c = text.charAt(i);
            if (expected == 'd' ? c < '0' || c > '9' : c != expected) {
                return false;
            }
        }
        return true;
    }

    /** Returns the time of a {@code Date} header as it is signed; what is no such time is returned as it is. */
    static String basicFormatOf(String httpDate) {
        try {
            return FORMAT.format(DateTimeFormatter.RFC_1123_DATE_TIME.parse(httpDate, Instant::from));
        } catch (DateTimeParseException e) {
            return httpDate;
        }
    }

    static String format(long epochSecond) {
        return FORMAT.format(Instant.ofEpochSecond(epochSecond));
    }

    static long toEpochSecond(String text) throws UnauthenticatedException {
        if (isBasicFormat(text)) {
            try {
                return LocalDateTime.of(
                                number(text, 0, 4),
                                number(text, 4, 6),
                                number(text, 6, 8),
                                number(text, 9, 11),
                                number(text, 11, 13),
                                number(text, 13, 15))
                        .toEpochSecond(ZoneOffset.UTC);
            } catch (DateTimeException e) {
                throw malformed(text);
            }
        }
        throw malformed(text);
    }

    private static int number(String text, int from, int to) {
        return Integer.parseInt(text, from, to, 10);
    }

    private static UnauthenticatedException malformed(String text) {
        return UnauthenticatedException.incomplete(String.format(
                Locale.ROOT,
                "Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601",
                text));
    }
}
