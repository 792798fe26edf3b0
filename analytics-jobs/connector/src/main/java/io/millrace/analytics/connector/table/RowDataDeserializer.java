package io.millrace.analytics.connector.table;

import io.millrace.analytics.connector.source.KinesisDeserializer;
import io.millrace.analytics.connector.source.KinesisRecord;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.utils.JoinedRowData;
import org.apache.flink.util.Collector;

/** Decodes a record by the table's format and puts the metadata columns behind the physical ones. */
final class RowDataDeserializer implements KinesisDeserializer<RowData> {
    private static final long serialVersionUID = 1;

    private final DeserializationSchema<RowData> format;
    private final List<RecordMetadata> metadata;
    private final TypeInformation<RowData> producedType;

    RowDataDeserializer(
            DeserializationSchema<RowData> format,
            List<RecordMetadata> metadata,
            TypeInformation<RowData> producedType) {
        this.format = format;
        this.metadata = metadata;
        this.producedType = producedType;
    }

    @Override
    public void open(DeserializationSchema.InitializationContext context) throws Exception {
        format.open(context);
    }

    @Override
    public void deserialize(KinesisRecord record, Collector<RowData> out) throws IOException {
        if (metadata.isEmpty()) {
            format.deserialize(record.data(), out);
            return;
        }
        GenericRowData columns = new GenericRowData(metadata.size());
        for (int i = 0; i < metadata.size(); i++) {
            columns.setField(i, metadata.get(i).of(record));
        }
        format.deserialize(record.data(), new Collector<RowData>() {
            @Override
            public void collect(RowData physical) {
                out.collect(new JoinedRowData(physical.getRowKind(), physical, columns));
            }

            @Override
            public void close() {}
        });
    }

    @Override
    public TypeInformation<RowData> producedType() {
        return producedType;
    }
}
