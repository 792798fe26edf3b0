package io.millrace.video.api;

import io.millrace.protocol.endpoint.RequestHead;
import io.millrace.video.streams.VideoErrors;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code PutMedia} request says in its headers.
 *
 * @param relative whether timecodes count from {@code startMillis} and not from the epoch
 * @param startMillis the producer's clock at timecode zero, or nothing if it did not say
 */
record PutMediaHead(
        @Nullable String streamName,
        @Nullable String streamArn,
        boolean relative,
        @Nullable Long startMillis) {

    /** What a double or a decimal number prints as: a larger exponent would have a number of gigabytes worked out. */
    private static final Pattern SECONDS = Pattern.compile("\\d{1,20}(\\.\\d{1,20})?([eE][+-]?\\d{1,2})?");

    /** @throws io.millrace.protocol.api.ServiceException if a header is not valid */
    static PutMediaHead of(RequestHead head) {
        String start = head.header("x-amzn-producer-start-timestamp");
        return new PutMediaHead(
                head.header("x-amzn-stream-name"),
                head.header("x-amzn-stream-arn"),
                isRelative(head.header("x-amzn-fragment-timecode-type")),
                start == null ? null : millisOf(start));
    }

    private static boolean isRelative(@Nullable String type) {
        if (type == null || type.equals("ABSOLUTE")) {
            return false;
        }
        if (type.equals("RELATIVE")) {
            return true;
        }
        throw VideoErrors.invalidArgument(
                String.format(Locale.ROOT, "x-amzn-fragment-timecode-type: %s (expected: ABSOLUTE or RELATIVE)", type));
    }

    /** The C SDK sends seconds with a fraction, the Java SDK sends ISO 8601. */
    private static long millisOf(String text) {
        try {
            return SECONDS.matcher(text).matches()
                    ? new BigDecimal(text)
                            .movePointRight(3)
                            .setScale(0, RoundingMode.DOWN)
                            .longValueExact()
                    : Instant.parse(text).toEpochMilli();
        } catch (DateTimeException | ArithmeticException e) {
            throw VideoErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "x-amzn-producer-start-timestamp: %s (expected: seconds since the epoch or ISO 8601)",
                    text));
        }
    }

    /** @param beganMillis when the request began, for a producer that did not say when it started */
    long producerMillis(long timecodeMillis, long beganMillis) {
        return relative ? (startMillis == null ? beganMillis : startMillis) + timecodeMillis : timecodeMillis;
    }
}
