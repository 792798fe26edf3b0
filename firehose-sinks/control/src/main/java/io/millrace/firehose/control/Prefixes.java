package io.millrace.firehose.control;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks the prefixes of object names at creation, so that no job fails over them later (Firehose developer guide,
 * "Custom prefixes").
 */
final class Prefixes {
    private static final Pattern EXPRESSION = Pattern.compile("!\\{([^:}]*):([^}]*)}");
    private static final String ERROR_TYPE = "!{firehose:error-output-type}";
    private static final String LONGEST_ERROR_TYPE = "AmazonOpenSearchService-failed";
    private static final int RANDOM_STRING_CHARS = 11;
    private static final int MAX_CHARS = 512;
    private static final int MAX_SEGMENT_BYTES = 255;
    private static final char DELETE = 0x7F;

    private Prefixes() {}

    static void check(@Nullable String prefix, @Nullable String errorPrefix, String timeZone) {
        ZoneId zone = zone(timeZone);
        String data = prefix == null ? "" : prefix;
        if (data.contains(ERROR_TYPE)) {
            throw FirehoseErrors.invalidArgument("Prefix must not contain " + ERROR_TYPE);
        }
        checkExpressions("Prefix", data, zone);
        if (errorPrefix == null) {
            if (data.contains("!{")) {
                throw FirehoseErrors.invalidArgument(
                        "ErrorOutputPrefix must be specified when Prefix contains expressions");
            }
            return;
        }
        checkExpressions("ErrorOutputPrefix", errorPrefix, zone);
        if (errorPrefix.contains("!{") && !errorPrefix.contains(ERROR_TYPE)) {
            throw FirehoseErrors.invalidArgument(String.format(
                    Locale.ROOT, "ErrorOutputPrefix must contain %s when it contains expressions", ERROR_TYPE));
        }
    }

    private static ZoneId zone(String timeZone) {
        try {
            return ZoneId.of(timeZone);
        } catch (DateTimeException e) {
            throw FirehoseErrors.invalidArgument(
                    String.format(Locale.ROOT, "CustomTimeZone %s is not a time zone.", timeZone));
        }
    }

    private static void checkExpressions(String field, String prefix, ZoneId zone) {
        Matcher matcher = EXPRESSION.matcher(prefix);
        String evaluated = matcher.replaceAll(one -> Matcher.quoteReplacement(valueOf(field, one, zone)));
        if (matcher.replaceAll("").contains("!{")) {
            throw FirehoseErrors.invalidArgument(
                    String.format(Locale.ROOT, "%s: !{ is only allowed in expressions", field));
        }
        if (evaluated.length() > MAX_CHARS) {
            throw FirehoseErrors.invalidArgument(
                    String.format(Locale.ROOT, "%s: more than %d characters when evaluated", field, MAX_CHARS));
        }
        refuseUnstorable(field, evaluated);
    }

    /**
     * Refuses a prefix whose objects would get other names than it says. S3 takes any text as a key, but deliveries
     * write by Flink's file systems, which read it as a path, and the node's own store keeps objects as files.
     */
    private static void refuseUnstorable(String field, String prefix) {
        if (prefix.chars().anyMatch(c -> c < ' ' || c == DELETE)) {
            throw FirehoseErrors.invalidArgument(
                    String.format(Locale.ROOT, "%s: must not contain control characters", field));
        }
        String[] segments = prefix.split("/", -1);
        for (int i = 0; i < segments.length; i++) {
            String segment = segments[i];
            boolean last = i == segments.length - 1; // goes on in the name of the object
            if (segment.isEmpty() && !last) {
                throw FirehoseErrors.invalidArgument(String.format(
                        Locale.ROOT,
                        "%s: must not begin with / or contain //, since no object can be stored so",
                        field));
            }
            if (!last && (segment.equals(".") || segment.equals(".."))) {
                throw FirehoseErrors.invalidArgument(String.format(
                        Locale.ROOT,
                        "%s: must not contain a part %s, since no object can be stored so",
                        field,
                        segment));
            }
            if (segment.getBytes(StandardCharsets.UTF_8).length > MAX_SEGMENT_BYTES) {
                throw FirehoseErrors.invalidArgument(String.format(
                        Locale.ROOT,
                        "%s: must not have a part of more than %d bytes between slashes",
                        field,
                        MAX_SEGMENT_BYTES));
            }
        }
    }

    private static String valueOf(String field, MatchResult expression, ZoneId zone) {
        if (expression.group(1).equals("timestamp")) {
            try {
                return DateTimeFormatter.ofPattern(expression.group(2), Locale.ROOT)
                        .format(Instant.EPOCH.atZone(zone));
            } catch (IllegalArgumentException | DateTimeException e) {
                throw FirehoseErrors.invalidArgument(
                        String.format(Locale.ROOT, "%s: invalid expression %s", field, expression.group()));
            }
        }
        return switch (expression.group(1) + ":" + expression.group(2)) {
            case "firehose:error-output-type" -> LONGEST_ERROR_TYPE;
            case "firehose:random-string" -> "x".repeat(RANDOM_STRING_CHARS);
            default ->
                throw FirehoseErrors.invalidArgument(
                        String.format(Locale.ROOT, "%s: invalid expression %s", field, expression.group()));
        };
    }
}
