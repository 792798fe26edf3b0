package io.millrace.analytics.connector.sink;

import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.sink.writer.ElementConverter;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;

/** Checks each entry that another converter makes. Lives in one task and is never serialized. */
final class CheckedConverter<T> implements ElementConverter<T, PutRecordsRequestEntry> {
    private static final long serialVersionUID = 1;

    private final ElementConverter<T, PutRecordsRequestEntry> converter;
    private final transient RecordCheck check;

    CheckedConverter(ElementConverter<T, PutRecordsRequestEntry> converter, RecordCheck check) {
        this.converter = converter;
        this.check = check;
    }

    @Override
    public void open(WriterInitContext context) {
        converter.open(context);
    }

    @Override
    public PutRecordsRequestEntry apply(T element, SinkWriter.Context context) {
        PutRecordsRequestEntry entry = converter.apply(element, context);
        check.check(entry);
        return entry;
    }
}
