package io.millrace.analytics.connector.table;

import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.sink.writer.ElementConverter;
import org.apache.flink.table.data.RowData;
import org.apache.flink.util.FlinkRuntimeException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;

/** Encodes a row by the table's format into an entry of PutRecords. */
final class RowDataConverter implements ElementConverter<RowData, PutRecordsRequestEntry> {
    private static final long serialVersionUID = 1;

    private final SerializationSchema<RowData> format;
    private final PartitionKeys keys;

    RowDataConverter(SerializationSchema<RowData> format, PartitionKeys keys) {
        this.format = format;
        this.keys = keys;
    }

    @Override
    public void open(WriterInitContext context) {
        try {
            format.open(context.asSerializationSchemaInitializationContext());
        } catch (Exception e) { // the format's interface throws it
            throw new FlinkRuntimeException("the format cannot be opened", e);
        }
    }

    @Override
    public PutRecordsRequestEntry apply(RowData row, SinkWriter.Context context) {
        return PutRecordsRequestEntry.builder()
                .partitionKey(keys.keyOf(row))
                .data(SdkBytes.fromByteArray(format.serialize(row)))
                .build();
    }
}
