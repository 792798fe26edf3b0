package io.millrace.analytics.connector.table;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.sink.KinesisSink;
import io.millrace.analytics.connector.source.KinesisSource;
import io.millrace.analytics.connector.source.StartFrom;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.format.EncodingFormat;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.factories.SerializationFormatFactory;

/** Makes {@code 'connector' = 'kinesis'} tables. */
public class KinesisTableFactory implements DynamicTableSourceFactory, DynamicTableSinkFactory {
    public static final String IDENTIFIER = "kinesis";

    @Override
    public String factoryIdentifier() {
        return IDENTIFIER;
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(KinesisOptions.STREAM, FactoryUtil.FORMAT);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return KinesisOptions.OPTIONAL;
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
        DecodingFormat<DeserializationSchema<RowData>> format =
                helper.discoverDecodingFormat(DeserializationFormatFactory.class, FactoryUtil.FORMAT);
        helper.validate();
        ReadableConfig options = helper.getOptions();
        return new KinesisTableSource(
                connection(options),
                new StreamRef(options.get(KinesisOptions.STREAM)),
                new KinesisSource.Options(
                        start(options),
                        options.get(KinesisOptions.DISCOVERY),
                        options.get(KinesisOptions.MAX_RECORDS),
                        options.get(KinesisOptions.IDLE_INTERVAL)),
                format,
                context.getPhysicalRowDataType());
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
        EncodingFormat<SerializationSchema<RowData>> format =
                helper.discoverEncodingFormat(SerializationFormatFactory.class, FactoryUtil.FORMAT);
        helper.validate();
        ReadableConfig options = helper.getOptions();
        KinesisSink.Limits defaults = KinesisSink.Limits.defaults();
        return new KinesisTableSink(
                connection(options),
                new StreamRef(options.get(KinesisOptions.STREAM)),
                PartitionKeys.of(
                        options.get(KinesisOptions.PARTITIONER),
                        options.get(KinesisOptions.PARTITIONER_DELIMITER),
                        context.getCatalogTable().getPartitionKeys(),
                        context.getPhysicalRowDataType()),
                new KinesisSink.Limits(
                        options.get(KinesisOptions.BATCH_SIZE),
                        options.get(KinesisOptions.MAX_IN_FLIGHT),
                        options.get(KinesisOptions.MAX_BUFFERED),
                        defaults.maxBatchBytes(),
                        options.get(KinesisOptions.FLUSH_TIMEOUT)),
                options.get(KinesisOptions.FAIL_ON_ERROR),
                format,
                context.getPhysicalRowDataType());
    }

    private static Connection connection(ReadableConfig options) {
        return new Connection(
                options.getOptional(KinesisOptions.ENDPOINT).orElse(null),
                options.get(KinesisOptions.REGION),
                options.getOptional(KinesisOptions.ACCESS_KEY).orElse(null),
                options.getOptional(KinesisOptions.SECRET_KEY).orElse(null),
                options.get(KinesisOptions.TRUST_ALL));
    }

    private static StartFrom start(ReadableConfig options) {
        String text = options.get(KinesisOptions.START);
        StartFrom.Type type;
        try {
            type = StartFrom.Type.valueOf(text);
        } catch (IllegalArgumentException e) {
            throw new ValidationException(
                    "%s: %s (expected: %s)"
                            .formatted(KinesisOptions.START.key(), text, Arrays.toString(StartFrom.Type.values())),
                    e);
        }
        return switch (type) {
            case TRIM_HORIZON, LATEST -> new StartFrom(type, null, null);
            case AT_TIMESTAMP -> StartFrom.timestamp(timestamp(options));
            case AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER ->
                new StartFrom(type, required(options, KinesisOptions.START_SEQUENCE_NUMBER), null);
        };
    }

    private static String required(ReadableConfig options, ConfigOption<String> option) {
        return options.getOptional(option)
                .orElseThrow(() -> new ValidationException("%s: missing (expected with %s = %s)"
                        .formatted(option.key(), KinesisOptions.START.key(), options.get(KinesisOptions.START))));
    }

    /** Epoch seconds with an optional fraction, or a date and time in the format of the table. */
    private static long timestamp(ReadableConfig options) {
        String text = required(options, KinesisOptions.START_TIMESTAMP);
        if (text.matches("[0-9]+(\\.[0-9]+)?")) {
            return new BigDecimal(text).movePointRight(3).longValue();
        }
        String format = options.get(KinesisOptions.START_TIMESTAMP_FORMAT);
        try {
            return Instant.from(OffsetDateTime.parse(text, DateTimeFormatter.ofPattern(format, Locale.ROOT)))
                    .toEpochMilli();
        } catch (DateTimeException | IllegalArgumentException e) {
            throw new ValidationException(
                    "%s: %s (expected: epoch seconds or the format %s)"
                            .formatted(KinesisOptions.START_TIMESTAMP.key(), text, format),
                    e);
        }
    }
}
