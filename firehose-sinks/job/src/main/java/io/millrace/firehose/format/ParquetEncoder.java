package io.millrace.firehose.format;

import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.DeliverySpec.Column;
import io.millrace.firehose.delivery.DeliverySpec.Compression;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * JSON records as one Parquet object, without Hadoop at run time. A record that is not as the table asks is rejected
 * and does not disturb the others.
 */
public final class ParquetEncoder implements RecordEncoder {
    private static final long ROW_GROUP_BYTES = 64L * 1024 * 1024;
    private static final int PAGE_BYTES = 1024 * 1024;
    private static final String FAILED = "DataFormatConversion.ParseError";

    private final List<Column> columns;
    private final JsonRows rows;
    private final CompressionCodecName codec;

    public ParquetEncoder(List<Column> columns, Compression compression) {
        this.columns = List.copyOf(columns);
        this.rows = new JsonRows(columns);
        this.codec = switch (compression) {
            case PARQUET_NONE -> CompressionCodecName.UNCOMPRESSED;
            case PARQUET_GZIP -> CompressionCodecName.GZIP;
            case PARQUET_SNAPPY -> CompressionCodecName.SNAPPY;
            case NONE, GZIP, ZIP, SNAPPY, HADOOP_SNAPPY ->
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "compression: %s (expected: one of Parquet)", compression));
        };
    }

    @Override
    public long encode(Iterable<DeliveryRecord> records, OutputStream out, Rejections rejections) throws IOException {
        long count = 0;
        try (ParquetWriter<@Nullable Object[]> writer = open(out)) {
            for (DeliveryRecord record : records) {
                try {
                    for (@Nullable Object[] row : rows.parse(record.data())) {
                        writer.write(row);
                    }
                    count++;
                } catch (JsonRows.MalformedRecordException e) {
                    rejections.reject(new Rejected(record, FAILED, String.valueOf(e.getMessage())));
                }
            }
        }
        return count;
    }

    /**
     * A row group, once as it is written and once for dictionaries, pages that are compressed, and objects around it.
     */
    @Override
    public long heapBytes() {
        return 2 * ROW_GROUP_BYTES;
    }

    @Override
    public String extension() {
        return ".parquet";
    }

    private ParquetWriter<@Nullable Object[]> open(OutputStream out) throws IOException {
        return new Builder(new StreamOutputFile(out))
                .withConf(new PlainParquetConfiguration())
                .withCodecFactory(new PlainCodecs())
                .withCompressionCodec(codec)
                .withRowGroupSize(ROW_GROUP_BYTES)
                .withPageSize(PAGE_BYTES)
                .build();
    }

    private final class Builder extends ParquetWriter.Builder<@Nullable Object[], Builder> {
        Builder(OutputFile file) {
            super(file);
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        @Deprecated
        protected WriteSupport<@Nullable Object[]> getWriteSupport(Configuration configuration) {
            throw new UnsupportedOperationException("the form that needs Hadoop");
        }

        @Override
        protected WriteSupport<@Nullable Object[]> getWriteSupport(@Nullable ParquetConfiguration configuration) {
            return new RowSupport();
        }
    }

    private final class RowSupport extends WriteSupport<@Nullable Object[]> {
        private @Nullable RecordConsumer consumer;

        @Override
        @Deprecated
        public WriteContext init(Configuration configuration) {
            throw new UnsupportedOperationException("the form that needs Hadoop");
        }

        @Override
        public WriteContext init(@Nullable ParquetConfiguration configuration) {
            List<Type> fields = new ArrayList<>();
            for (int i = 0; i < columns.size(); i++) {
                fields.add(rows.types().get(i).toParquet(columns.get(i).name()));
            }
            return new WriteContext(new MessageType("record", fields), Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer recordConsumer) {
            consumer = recordConsumer;
        }

        @Override
        public void write(@Nullable Object[] row) {
            RecordConsumer target = consumer;
            if (target == null) {
                throw new IllegalStateException("write before prepareForWrite");
            }
            target.startMessage();
            for (int i = 0; i < row.length; i++) {
                Object value = row[i];
                if (value != null) {
                    target.startField(columns.get(i).name(), i);
                    rows.types().get(i).write(target, value);
                    target.endField(columns.get(i).name(), i);
                }
            }
            target.endMessage();
        }
    }
}
