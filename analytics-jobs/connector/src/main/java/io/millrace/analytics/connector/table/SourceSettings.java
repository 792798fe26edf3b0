package io.millrace.analytics.connector.table;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.source.KinesisSource;
import io.millrace.analytics.connector.source.OnError;
import io.millrace.analytics.connector.source.Retry;
import io.millrace.analytics.connector.source.StartFrom;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;

/** Reads from a table's options how its stream is read. */
final class SourceSettings {
    private static final Duration MAX_PAUSE = Duration.ofSeconds(10);

    private final ReadableConfig options;

    SourceSettings(ReadableConfig options) {
        this.options = options;
    }

    /** @throws ValidationException naming the option that is wrong, its value, and what is expected */
    KinesisSource.Options source() {
        String reader = options.get(KinesisOptions.READER_TYPE);
        if (!reader.equalsIgnoreCase("POLLING")) {
            throw new ValidationException(KinesisOptions.READER_TYPE.key() + ": " + reader
                    + " (expected: POLLING, which reads the same records; fan-out reading is not supported)");
        }
        Duration idle = idleInterval();
        try {
            return new KinesisSource.Options(
                    start(),
                    options.get(KinesisOptions.DISCOVERY),
                    options.get(KinesisOptions.MAX_RECORDS),
                    idle,
                    new KinesisSource.Calls(
                            options.get(KinesisOptions.FETCH_INTERVAL),
                            retry(KinesisOptions.GET_RECORDS, idle),
                            retry(KinesisOptions.GET_ITERATOR, idle),
                            retry(KinesisOptions.LIST_SHARDS, idle)),
                    aheadBytes(),
                    null);
        } catch (IllegalArgumentException e) {
            throw new ValidationException(String.valueOf(e.getMessage()), e);
        }
    }

    private long aheadBytes() {
        MemorySize size = options.get(KinesisOptions.AHEAD);
        if (size.getBytes() < 1) {
            throw new ValidationException(KinesisOptions.AHEAD.key() + ": " + size
                    + " (expected: more than nothing, by " + "default " + KinesisOptions.AHEAD.defaultValue() + ")");
        }
        return size.getBytes();
    }

    /** The older source knows one interval, whether or not there was something new. */
    private Duration idleInterval() {
        boolean older = options.getOptional(KinesisOptions.IDLE_INTERVAL).isEmpty();
        Duration fetch = options.get(KinesisOptions.FETCH_INTERVAL);
        return older && !fetch.isZero() ? fetch : options.get(KinesisOptions.IDLE_INTERVAL);
    }

    private Retry retry(KinesisOptions.RetryOptions given, Duration idle) {
        Duration first = options.getOptional(given.first).orElse(idle.multipliedBy(2));
        Duration max = options.getOptional(given.max).orElse(first.compareTo(MAX_PAUSE) > 0 ? first : MAX_PAUSE);
        return new Retry(
                options.getOptional(given.first).isEmpty() && first.compareTo(max) > 0 ? max : first,
                max,
                options.getOptional(given.factor).orElse(2.0),
                options.getOptional(given.attempts).orElse(Integer.MAX_VALUE));
    }

    OnError onError() {
        String action = options.get(KinesisOptions.ON_ERROR);
        String stream = options.getOptional(KinesisOptions.DEAD_LETTERS).orElse(null);
        boolean deadLetters = action.equals("dead-letter");
        if (!deadLetters && stream != null) {
            throw new ValidationException(KinesisOptions.DEAD_LETTERS.key() + ": is of no use with "
                    + KinesisOptions.ON_ERROR.key() + " = " + action + " (expected: dead-letter)");
        }
        return switch (action) {
            case "fail" -> OnError.fail();
            case "skip" -> new OnError(OnError.Action.SKIP, null);
            case "dead-letter" ->
                new OnError(
                        OnError.Action.DEAD_LETTER,
                        new StreamRef(required(KinesisOptions.DEAD_LETTERS, KinesisOptions.ON_ERROR)));
            default ->
                throw new ValidationException(
                        KinesisOptions.ON_ERROR.key() + ": " + action + " (expected: fail, skip or dead-letter)");
        };
    }

    private StartFrom start() {
        String text = options.get(KinesisOptions.START);
        StartFrom.Type type = Arrays.stream(StartFrom.Type.values())
                .filter(known -> known.name().equals(text))
                .findFirst()
                .orElseThrow(() -> new ValidationException(KinesisOptions.START.key() + ": " + text + " (expected: "
                        + Arrays.stream(StartFrom.Type.values()).map(Enum::name).collect(Collectors.joining(", "))
                        + ")"));
        return switch (type) {
            case TRIM_HORIZON, LATEST -> new StartFrom(type, null, null);
            case AT_TIMESTAMP -> StartFrom.timestamp(timestamp());
            case AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER ->
                new StartFrom(type, required(KinesisOptions.START_SEQUENCE_NUMBER, KinesisOptions.START), null);
        };
    }

    private String required(ConfigOption<String> option, ConfigOption<String> because) {
        return options.getOptional(option)
                .orElseThrow(() -> new ValidationException(option.key() + ": missing (expected with " + because.key()
                        + " = " + options.get(because) + ")"));
    }

    /** Epoch seconds with an optional fraction, or a date and time in the format of the table. */
    private long timestamp() {
        String text = required(KinesisOptions.START_TIMESTAMP, KinesisOptions.START);
        if (text.matches("[0-9]+(\\.[0-9]+)?")) {
            return new BigDecimal(text).movePointRight(3).longValue();
        }
        String format = options.get(KinesisOptions.START_TIMESTAMP_FORMAT);
        try {
            return Instant.from(OffsetDateTime.parse(text, DateTimeFormatter.ofPattern(format, Locale.ROOT)))
                    .toEpochMilli();
        } catch (DateTimeException | IllegalArgumentException e) {
            throw new ValidationException(
                    KinesisOptions.START_TIMESTAMP.key() + ": " + text + " (expected: epoch seconds or the format "
                            + format + ")",
                    e);
        }
    }
}
