package io.millrace.analytics.connector.table;

import io.millrace.analytics.connector.sink.KinesisSink;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.EncodingFormat;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.connector.sink.abilities.SupportsPartitioning;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;

/** A stream as a table to write: one record a row, partition columns included in the data. */
record KinesisTableSink(
        KinesisSink.Target target,
        PartitionKeys keys,
        KinesisSink.Limits limits,
        EncodingFormat<SerializationSchema<RowData>> format,
        DataType physicalType)
        implements DynamicTableSink, SupportsPartitioning {

    @Override
    public ChangelogMode getChangelogMode(ChangelogMode requested) {
        return format.getChangelogMode();
    }

    @Override
    public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
        SerializationSchema<RowData> encoder = format.createRuntimeEncoder(context, physicalType);
        return SinkV2Provider.of(new KinesisSink<>(target, new RowDataConverter(encoder, keys), limits));
    }

    @Override
    public void applyStaticPartition(Map<String, String> partition) {
        // the planner has already put the fixed values into the rows
    }

    @Override
    public DynamicTableSink copy() {
        return this;
    }

    @Override
    public String asSummaryString() {
        return "kinesis " + target.stream().nameOrArn();
    }
}
