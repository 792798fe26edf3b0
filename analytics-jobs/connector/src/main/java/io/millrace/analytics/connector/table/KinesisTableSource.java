package io.millrace.analytics.connector.table;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.source.KinesisSource;
import io.millrace.analytics.connector.source.OnError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsReadingMetadata;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;

/**
 * A stream as a table to read. Watermarks are made inside the source, shard by shard, so that a shard that is read
 * ahead of the others makes nobody late.
 */
final class KinesisTableSource implements ScanTableSource, SupportsReadingMetadata, SupportsWatermarkPushDown {
    private final Origin origin;
    private final DecodingFormat<DeserializationSchema<RowData>> format;
    private final DataType physicalType;

    private DataType producedType;
    private List<RecordMetadata> metadata = List.of();
    private WatermarkStrategy<RowData> watermarks = WatermarkStrategy.noWatermarks();

    /** What is read, and how. */
    record Origin(Connection connection, StreamRef stream, KinesisSource.Options options, OnError onError) {}

    KinesisTableSource(Origin origin, DecodingFormat<DeserializationSchema<RowData>> format, DataType physicalType) {
        this.origin = origin;
        this.format = format;
        this.physicalType = physicalType;
        this.producedType = physicalType;
    }

    Origin origin() {
        return origin;
    }

    @Override
    public ChangelogMode getChangelogMode() {
        return format.getChangelogMode();
    }

    @Override
    public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
        RowDataDeserializer deserializer = new RowDataDeserializer(
                format.createRuntimeDecoder(context, physicalType),
                metadata,
                context.createTypeInformation(producedType));
        KinesisSource<RowData> source = new KinesisSource<>(
                origin.connection(), origin.stream(), origin.options(), deserializer, origin.onError());
        WatermarkStrategy<RowData> strategy = watermarks;
        return new DataStreamScanProvider() {
            @Override
            public DataStream<RowData> produceDataStream(ProviderContext provider, StreamExecutionEnvironment env) {
                DataStreamSource<RowData> rows = env.fromSource(
                        source, strategy, "kinesis " + origin.stream().nameOrArn());
                provider.generateUid("kinesis-source").ifPresent(rows::uid);
                return rows;
            }

            @Override
            public boolean isBounded() {
                return false;
            }
        };
    }

    @Override
    public Map<String, DataType> listReadableMetadata() {
        Map<String, DataType> readable = new LinkedHashMap<>();
        for (RecordMetadata column : RecordMetadata.values()) {
            readable.put(column.key(), column.type());
        }
        return readable;
    }

    @Override
    public void applyReadableMetadata(List<String> keys, DataType newProducedType) {
        metadata = keys.stream().map(RecordMetadata::ofKey).toList();
        producedType = newProducedType;
    }

    @Override
    public void applyWatermark(WatermarkStrategy<RowData> strategy) {
        watermarks = strategy;
    }

    @Override
    public DynamicTableSource copy() {
        KinesisTableSource copy = new KinesisTableSource(origin, format, physicalType);
        copy.producedType = producedType;
        copy.metadata = metadata;
        copy.watermarks = watermarks;
        return copy;
    }

    @Override
    public String asSummaryString() {
        return "kinesis " + origin.stream().nameOrArn();
    }
}
