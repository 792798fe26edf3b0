package io.millrace.analytics.connector.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.CatalogTable;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.FactoryUtil;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class KinesisTableFactoryTest {
    private static final String ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";

    private static final String RETRY = "Retry[first=PT0.5S, max=PT10S, factor=2.0, attempts=2147483647]";
    private static final String CALLS = "calls=Calls[fetchInterval=PT0S, getRecords=" + RETRY + ", getIterator=" + RETRY
            + ", listShards=" + RETRY + "], aheadBytes=67108864";

    private static ResolvedCatalogTable table(Map<String, String> options) {
        ResolvedSchema schema = ResolvedSchema.of(
                Column.physical("id", DataTypes.BIGINT()), Column.physical("city", DataTypes.STRING()));
        return new ResolvedCatalogTable(
                CatalogTable.newBuilder()
                        .schema(Schema.newBuilder().fromResolvedSchema(schema).build())
                        .partitionKeys(List.of("city"))
                        .options(options)
                        .build(),
                schema);
    }

    private static Map<String, String> options(String... pairs) {
        Map<String, String> options = new HashMap<>(Map.of("connector", "kinesis", "format", "json"));
        for (int i = 0; i < pairs.length; i += 2) {
            options.put(pairs[i], pairs[i + 1]);
        }
        return options;
    }

    private static DynamicTableSource source(Map<String, String> options) {
        return FactoryUtil.createDynamicTableSource(
                null,
                ObjectIdentifier.of("c", "d", "t"),
                table(options),
                Map.of(),
                new Configuration(),
                KinesisTableFactoryTest.class.getClassLoader(),
                false);
    }

    private static DynamicTableSink sink(Map<String, String> options) {
        return FactoryUtil.createDynamicTableSink(
                null,
                ObjectIdentifier.of("c", "d", "t"),
                table(options),
                Map.of(),
                new Configuration(),
                KinesisTableFactoryTest.class.getClassLoader(),
                false);
    }

    @Test
    void theOlderSpellingMeansTheSameTable() {
        DynamicTableSource newer = source(options(
                "stream.arn", "orders",
                "aws.region", "eu-west-1",
                "aws.endpoint", "http://localhost:4566",
                "source.init.position", "AT_TIMESTAMP",
                "source.init.timestamp", "1700000000.5",
                "source.shard.get-records.max-record-count", "77"));
        DynamicTableSource older = source(options(
                "stream", "orders",
                "aws.region", "eu-west-1",
                "aws.endpoint", "http://localhost:4566",
                "scan.stream.initpos", "AT_TIMESTAMP",
                "scan.stream.initpos-timestamp", "1700000000.5",
                "scan.shard.getrecords.maxrecordcount", "77"));
        assertThat(newer)
                .usingRecursiveComparison(RecursiveComparisonConfiguration.builder()
                        .withIgnoredFields("format", "watermarks", "physicalType", "producedType")
                        .build())
                .isEqualTo(older);
        assertThat(newer)
                .extracting("origin.options")
                .hasToString("Options[start=StartFrom[type=AT_TIMESTAMP, sequenceNumber=null,"
                        + " epochMillis=1700000000500], discovery=PT10S, maxRecords=77, idleInterval=PT0.25S, " + CALLS
                        + ", fanOut=null]");
    }

    @Test
    void theLegacyIdentifierIsTakenToo() {
        assertThat(source(options("connector", "kinesis-legacy", "stream", "orders"))
                        .asSummaryString())
                .isEqualTo("kinesis orders");
    }

    @Test
    void aStreamIsReadFromItsTipUnlessSaidOtherwise() {
        assertThat(source(options("stream.arn", ARN)))
                .extracting("origin.options")
                .hasToString("Options[start=StartFrom[type=LATEST, sequenceNumber=null, epochMillis=null],"
                        + " discovery=PT10S, maxRecords=10000, idleInterval=PT0.25S, " + CALLS + ", fanOut=null]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "1700000000; yyyy; 1700000000000",
                "2023-11-14T22:13:20.000+00:00; ; 1700000000000",
                "2023-11-14T23:13:20.000+01:00; ; 1700000000000",
                "2023-11-14 22:13:20 Z; yyyy-MM-dd HH:mm:ss X; 1700000000000"
            })
    void aTimestampIsEpochSecondsOrHasTheFormatOfTheTable(String text, String format, long millis) {
        Map<String, String> options =
                options("stream.arn", ARN, "source.init.position", "AT_TIMESTAMP", "source.init.timestamp", text);
        if (format != null) {
            options.put("source.init.timestamp.format", format);
        }
        assertThat(source(options))
                .extracting("origin.options.start.epochMillis")
                .isEqualTo(millis);
    }

    @Test
    void metadataColumnsAreThoseOfTheApacheConnectorAndThePartitionKey() {
        KinesisTableSource source = (KinesisTableSource) source(options("stream.arn", ARN));
        assertThat(source.listReadableMetadata().keySet())
                .containsExactly("timestamp", "sequence-number", "shard-id", "partition-key");
        assertThatThrownBy(() -> RecordMetadata.ofKey("offset")).hasMessage("no metadata column offset");
    }

    @Test
    void theLimitsOfASinkAreOptions() {
        KinesisTableSink sink = (KinesisTableSink) sink(options(
                "stream.arn", ARN,
                "sink.batch.max-size", "10",
                "sink.requests.max-inflight", "2",
                "sink.requests.max-buffered", "100",
                "sink.flush-buffer.timeout", "50",
                "sink.fail-on-error", "true"));
        assertThat(sink.limits())
                .hasToString(
                        "Limits[maxBatch=10, maxInFlight=2, maxBuffered=100, maxBatchBytes=5242880, flushMillis=50]");
        assertThat(sink.target().failOnError()).isTrue();
        assertThat(((KinesisTableSink) sink(options("stream", "orders")))
                        .target().stream().name())
                .isEqualTo("orders");
    }

    @Test
    void aTableWithoutAStreamIsRefused() {
        assertThatThrownBy(() -> source(options()))
                .isInstanceOf(ValidationException.class)
                .hasStackTraceContaining("stream.arn");
    }

    @ParameterizedTest
    @ValueSource(strings = {"EARLIEST", "trim_horizon", ""})
    void anUnknownPositionIsRefused(String position) {
        assertThatThrownBy(() -> source(options("stream.arn", ARN, "source.init.position", position)))
                .hasStackTraceContaining("source.init.position: " + position + " (expected: TRIM_HORIZON, LATEST");
    }

    @Test
    void aPositionWithoutWhatItNeedsIsRefused() {
        assertThatThrownBy(() -> source(options("stream.arn", ARN, "source.init.position", "AT_TIMESTAMP")))
                .hasStackTraceContaining("source.init.timestamp: missing");
        assertThatThrownBy(() -> source(options("stream.arn", ARN, "source.init.position", "AFTER_SEQUENCE_NUMBER")))
                .hasStackTraceContaining("source.init.sequence-number: missing");
        assertThatThrownBy(() -> source(options(
                        "stream.arn", ARN, "source.init.position", "AT_TIMESTAMP", "source.init.timestamp", "soon")))
                .hasStackTraceContaining("source.init.timestamp: soon (expected: epoch seconds or the format");
    }

    @Test
    void anOptionThatNobodyKnowsIsRefused() {
        assertThatThrownBy(() -> source(options("stream.arn", ARN, "scan.stream.initpso", "LATEST")))
                .hasStackTraceContaining("unknown option 'scan.stream.initpso' (did you mean 'scan.stream.initpos'?)");
        assertThatThrownBy(() -> source(options("strem", "orders")))
                .hasStackTraceContaining("unknown option 'strem' (did you mean 'stream'?)");
        assertThatThrownBy(() -> source(options("stream", "orders", "colour", "red")))
                .hasStackTraceContaining(
                        "unknown option 'colour' (expected: one of aws.credentials.basic.accesskeyid, ");
        assertThatThrownBy(() -> source(options("stream", "orders", "json.ignore-parse-errrors", "true")))
                .hasStackTraceContaining("json.ignore-parse-errrors");
        assertThatThrownBy(
                        () -> source(options("stream.arn", ARN, "source.shard.get-records.max-record-count", "10001")))
                .hasStackTraceContaining("records a call: 10001 (expected: 1 to 10000)");
    }
}
