package io.millrace.analytics.connector.table;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.source.FanOut;
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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.jspecify.annotations.Nullable;

/** Reads from a table's options how its stream is read. */
final class SourceSettings {
    private static final Duration MAX_PAUSE = Duration.ofSeconds(10);

    /** Apache's first pause before a subscription that failed is tried again. */
    private static final Duration SUBSCRIBE_PAUSE = Duration.ofSeconds(1);

    private final ReadableConfig options;
    private final Map<String, String> consumerArns = new TreeMap<>();

    /** @param given all options of the table as they are written */
    SourceSettings(ReadableConfig options, Map<String, String> given) {
        this.options = options;
        given.forEach((name, value) -> {
            if (name.startsWith(KinesisOptions.CONSUMER_ARN_PREFIX)) {
                consumerArns.put(name, value);
            }
        });
    }

    /** @throws ValidationException naming the option that is wrong, its value, and what is expected */
    KinesisSource.Options source() {
        Duration idle = idleInterval();
        try {
            FanOut fanOut = fanOut();
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
                    fanOut);
        } catch (IllegalArgumentException e) {
            throw new ValidationException(String.valueOf(e.getMessage()), e);
        }
    }

    private @Nullable FanOut fanOut() {
        String reader = options.get(KinesisOptions.READER_TYPE);
        if (reader.equalsIgnoreCase("POLLING")) {
            refuse(KinesisOptions.OF_FAN_OUT, "EFO");
            if (!consumerArns.isEmpty()) {
                throw ofNoUse(consumerArns.keySet().iterator().next(), "EFO");
            }
            return null;
        }
        if (!reader.equalsIgnoreCase("EFO")) {
            throw new ValidationException(
                    KinesisOptions.READER_TYPE.key() + ": " + reader + " (expected: POLLING or EFO)");
        }
        refuse(KinesisOptions.OF_POLLING, "POLLING");
        Duration describeFirst = options.get(KinesisOptions.DESCRIBE_FIRST);
        Duration describeMax = options.get(KinesisOptions.DESCRIBE_MAX);
        boolean isDefault = options.getOptional(KinesisOptions.DESCRIBE_MAX).isEmpty();
        return new FanOut(
                consumer(),
                options.get(KinesisOptions.SUBSCRIPTION_TIMEOUT),
                new Retry(
                        describeFirst,
                        isDefault && describeFirst.compareTo(describeMax) > 0 ? describeFirst : describeMax,
                        options.get(KinesisOptions.DESCRIBE_FACTOR),
                        options.get(KinesisOptions.DESCRIBE_ATTEMPTS)),
                retry(KinesisOptions.SUBSCRIBE, SUBSCRIBE_PAUSE.dividedBy(2)),
                options.get(KinesisOptions.SUBSCRIPTIONS));
    }

    private void refuse(List<ConfigOption<?>> ofNoUse, String reader) {
        for (ConfigOption<?> option : ofNoUse) {
            if (options.getOptional(option).isPresent()) {
                throw ofNoUse(option.key(), reader);
            }
        }
    }

    private ValidationException ofNoUse(String name, String reader) {
        return new ValidationException(name + ": is of no use with " + KinesisOptions.READER_TYPE.key() + " = "
                + options.get(KinesisOptions.READER_TYPE) + " (expected: with " + reader + "; or remove it)");
    }

    private FanOut.Consumer consumer() {
        String text = options.get(KinesisOptions.CONSUMER_LIFECYCLE);
        FanOut.Lifecycle lifecycle = switch (text) {
            case "JOB_MANAGED", "LAZY", "EAGER" -> FanOut.Lifecycle.JOB_MANAGED;
            case "SELF_MANAGED", "NONE" -> FanOut.Lifecycle.SELF_MANAGED;
            default ->
                throw new ValidationException(KinesisOptions.CONSUMER_LIFECYCLE.key() + ": " + text
                        + " (expected: JOB_MANAGED or SELF_MANAGED)");
        };
        String stream = options.get(KinesisOptions.STREAM);
        String expected = KinesisOptions.CONSUMER_ARN_PREFIX + stream.substring(stream.lastIndexOf('/') + 1);
        for (String name : consumerArns.keySet()) {
            if (!name.equals(expected)) {
                throw new ValidationException(name + ": is for another stream (expected: " + expected + ")");
            }
        }
        String arn = consumerArns.get(expected);
        String name = arn == null
                ? required(KinesisOptions.CONSUMER_NAME, KinesisOptions.READER_TYPE)
                : options.getOptional(KinesisOptions.CONSUMER_NAME).orElse(null);
        return new FanOut.Consumer(name, arn, lifecycle, options.get(KinesisOptions.DEREGISTER_TIMEOUT));
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
