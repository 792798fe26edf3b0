package io.millrace.analytics.connector.table;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.client.Trust;
import io.millrace.analytics.connector.sink.KinesisSink;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
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
    private static final String NESTED_ROLES = CredentialOptions.PREFIX + ".role.provider.";

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
        OptionNames.check(context.getCatalogTable().getOptions(), allOptions());
        FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
        DecodingFormat<DeserializationSchema<RowData>> format =
                helper.discoverDecodingFormat(DeserializationFormatFactory.class, FactoryUtil.FORMAT);
        helper.validateExcept(NESTED_ROLES, KinesisOptions.CONSUMER_ARN_PREFIX);
        ReadableConfig options = helper.getOptions();
        SourceSettings settings =
                new SourceSettings(options, context.getCatalogTable().getOptions());
        return new KinesisTableSource(
                new KinesisTableSource.Origin(
                        connection(context, options),
                        new StreamRef(options.get(KinesisOptions.STREAM)),
                        settings.source(),
                        settings.onError()),
                format,
                context.getPhysicalRowDataType());
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        OptionNames.check(context.getCatalogTable().getOptions(), allOptions());
        FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
        EncodingFormat<SerializationSchema<RowData>> format =
                helper.discoverEncodingFormat(SerializationFormatFactory.class, FactoryUtil.FORMAT);
        helper.validateExcept(NESTED_ROLES, KinesisOptions.CONSUMER_ARN_PREFIX);
        ReadableConfig options = helper.getOptions();
        try {
            return new KinesisTableSink(
                    new KinesisSink.Target(
                            connection(context, options),
                            new StreamRef(options.get(KinesisOptions.STREAM)),
                            options.get(KinesisOptions.FAIL_ON_ERROR),
                            http(options)),
                    PartitionKeys.of(
                            options.get(KinesisOptions.PARTITIONER),
                            options.get(KinesisOptions.PARTITIONER_DELIMITER),
                            context.getCatalogTable().getPartitionKeys(),
                            context.getPhysicalRowDataType()),
                    limits(options),
                    format,
                    context.getPhysicalRowDataType());
        } catch (IllegalArgumentException e) {
            throw new ValidationException(String.valueOf(e.getMessage()), e);
        }
    }

    private Set<ConfigOption<?>> allOptions() {
        Set<ConfigOption<?>> all = new LinkedHashSet<>(requiredOptions());
        all.addAll(optionalOptions());
        return all;
    }

    private static KinesisSink.Limits limits(ReadableConfig options) {
        return new KinesisSink.Limits(
                options.get(KinesisOptions.BATCH_SIZE),
                options.get(KinesisOptions.MAX_IN_FLIGHT),
                options.get(KinesisOptions.MAX_BUFFERED),
                options.get(KinesisOptions.FLUSH_SIZE),
                options.get(KinesisOptions.FLUSH_TIMEOUT));
    }

    private static KinesisSink.Http http(ReadableConfig options) {
        String version = options.get(KinesisOptions.HTTP_VERSION);
        if (!version.equals("HTTP1_1")) {
            throw new ValidationException(KinesisOptions.HTTP_VERSION.key() + ": " + version
                    + " (expected: HTTP1_1, by which this sink puts)");
        }
        return new KinesisSink.Http(
                options.get(KinesisOptions.HTTP_CONCURRENCY),
                Duration.ofMillis(options.get(KinesisOptions.HTTP_READ_TIMEOUT)));
    }

    private static Connection connection(Context context, ReadableConfig options) {
        Map<String, String> given = context.getCatalogTable().getOptions();
        return new Connection(
                options.getOptional(KinesisOptions.ENDPOINT)
                        .or(() -> producerEndpoint(options))
                        .orElse(null),
                options.get(KinesisOptions.REGION),
                CredentialOptions.of(given),
                trustsAll(options) ? Trust.any() : Trust.usual());
    }

    /** The older sink names host and port apart, and always speaks TLS. */
    private static Optional<String> producerEndpoint(ReadableConfig options) {
        Optional<String> host = options.getOptional(KinesisOptions.PRODUCER_ENDPOINT);
        Optional<Integer> port = options.getOptional(KinesisOptions.PRODUCER_PORT);
        if (host.isEmpty() && port.isPresent()) {
            throw new ValidationException(KinesisOptions.PRODUCER_ENDPOINT.key() + ": missing (expected with "
                    + KinesisOptions.PRODUCER_PORT.key() + ")");
        }
        return host.map(
                name -> "https://" + name + port.map(number -> ":" + number).orElse(""));
    }

    private static boolean trustsAll(ReadableConfig options) {
        return options.getOptional(KinesisOptions.TRUST_ALL)
                .or(() -> options.getOptional(KinesisOptions.PRODUCER_VERIFY).map(verifies -> !verifies))
                .orElse(false);
    }
}
