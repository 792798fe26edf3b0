package io.millrace.protocol.endpoint;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The time of the {@code Date} header, which every answer has: {@code Sun, 06 Nov 1994 08:49:37 GMT} (RFC 9110, 6.6.1).
 * It is written once a second and shared by the answers of that second. Thread-safe.
 */
public final class HttpDate {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final long MILLIS = 1000;

    private final InstantSource clock;
    private volatile Written written;

    /** A second since the epoch, and how it is written. */
    private record Written(long second, String text, byte[] line) {
        static Written of(long second) {
            String text = format(Instant.ofEpochSecond(second));
            return new Written(second, text, ("\r\ndate: " + text).getBytes(StandardCharsets.US_ASCII));
        }
    }

    HttpDate(InstantSource clock) {
        this.clock = clock;
        this.written = Written.of(clock.millis() / MILLIS);
    }

    public static String format(Instant time) {
        return FORMAT.format(time);
    }

    String text() {
        return now().text();
    }

    /** Returns the end of a line and the header in the next one, without its end. Callers must not change it. */
    byte[] line() {
        return now().line();
    }

    private Written now() {
        long second = clock.millis() / MILLIS;
        Written last = written;
        if (last.second() != second) {
            last = Written.of(second);
            written = last;
        }
        return last;
    }
}
