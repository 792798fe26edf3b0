package io.millrace.firehose.delivery;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names delivered objects: {@code <prefix><stream>-<version>-<yyyy-MM-dd-HH-mm-ss>-<uuid><extension>} (Firehose
 * developer guide, "Amazon S3 object name format" and "Custom prefixes").
 *
 * <p>All times are the arrival of the oldest record in the object. The UUID is made from what the object holds, so that
 * the same records give the same name. Thread-safe.
 */
public final class ObjectKeys {
    private static final Pattern EXPRESSION = Pattern.compile("!\\{(timestamp|firehose):([^}]*)}");
    private static final String DEFAULT_TIMESTAMP = "!{timestamp:yyyy/MM/dd/HH/}";
    private static final DateTimeFormatter SUFFIX_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd-HH-mm-ss", Locale.ROOT);
    private static final int RANDOM_STRING_LENGTH = 11;

    private final String stream;
    private final String version;
    private final ZoneId zone;

    public ObjectKeys(String stream, String version, String timeZone) {
        this.stream = stream;
        this.version = version;
        this.zone = ZoneId.of(timeZone);
    }

    /** @param identity the same for the same content, different for different content */
    public String dataKey(String prefix, long oldestEpochMillis, String identity, String extension) {
        String withTime = prefix.contains("!{timestamp:") ? prefix : prefix + DEFAULT_TIMESTAMP;
        return key(withTime, "", oldestEpochMillis, identity, extension);
    }

    /**
     * Names an object of records that could not be delivered as asked. An error prefix with expressions is taken as it
     * is; to others what went wrong and when is added.
     *
     * @param errorPrefix may be empty; the data prefix stands in for it then
     */
    public String errorKey(
            String errorPrefix, String prefix, String errorType, long oldestEpochMillis, String identity) {
        String base = errorPrefix.isEmpty() ? prefix : errorPrefix;
        String whole = errorPrefix.contains("!{") ? errorPrefix : base + errorType + "/" + DEFAULT_TIMESTAMP;
        return key(whole, errorType, oldestEpochMillis, identity, "");
    }

    private String key(String prefix, String errorType, long oldestEpochMillis, String identity, String extension) {
        ZonedDateTime time = Instant.ofEpochMilli(oldestEpochMillis).atZone(zone);
        UUID id = UUID.nameUUIDFromBytes(String.format(Locale.ROOT, "%s %s %s %s", stream, version, errorType, identity)
                .getBytes(StandardCharsets.UTF_8));
        return evaluate(prefix, time, errorType, id)
                + String.format(Locale.ROOT, "%s-%s-%s-%s%s", stream, version, SUFFIX_TIME.format(time), id, extension);
    }

    private static String evaluate(String prefix, ZonedDateTime time, String errorType, UUID id) {
        Matcher matcher = EXPRESSION.matcher(prefix);
        StringBuilder evaluated = new StringBuilder();
        int occurrence = 0;
        while (matcher.find()) {
            String value = matcher.group(1).equals("timestamp")
                    ? DateTimeFormatter.ofPattern(matcher.group(2), Locale.ROOT).format(time)
                    : firehoseValue(matcher.group(2), errorType, id, occurrence++);
            matcher.appendReplacement(evaluated, Matcher.quoteReplacement(value));
        }
        return matcher.appendTail(evaluated).toString();
    }

    private static String firehoseValue(String name, String errorType, UUID id, int occurrence) {
        return switch (name) {
            case "error-output-type" -> errorType;
            case "random-string" -> randomString(id, occurrence);
            default ->
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "prefix: unknown expression !{firehose:%s}", name));
        };
    }

    /** Different at each place, and yet the same when the same records are delivered again. */
    private static String randomString(UUID id, int occurrence) {
        return UUID.nameUUIDFromBytes(
                        String.format(Locale.ROOT, "%s %d", id, occurrence).getBytes(StandardCharsets.UTF_8))
                .toString()
                .substring(0, RANDOM_STRING_LENGTH);
    }
}
