package io.millrace.firehose.format;

import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.DeliverySpec.Compression;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.xerial.snappy.SnappyFramedOutputStream;
import org.xerial.snappy.SnappyHadoopCompatibleOutputStream;

/** Records one after the other, each followed by the delimiter, in one of the five compressions of Firehose. */
public final class PlainEncoder implements RecordEncoder {
    private static final long HEAP_BYTES = 1024 * 1024;

    private final Compression compression;
    private final byte[] delimiter;

    public PlainEncoder(Compression compression, String delimiter) {
        this.compression = compression;
        this.delimiter = delimiter.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public long encode(Iterable<DeliveryRecord> records, OutputStream out, Rejections rejections) throws IOException {
        long count = 0;
        try (OutputStream compressed = compressed(new Unclosed(out))) {
            for (DeliveryRecord record : records) {
                compressed.write(record.data());
                compressed.write(delimiter);
                count++;
            }
        }
        return count;
    }

    @Override
    public long heapBytes() {
        return HEAP_BYTES;
    }

    private OutputStream compressed(OutputStream out) throws IOException {
        return switch (compression) {
            case NONE -> out;
            case GZIP -> new GZIPOutputStream(out);
            case ZIP -> zip(out);
            case SNAPPY -> new SnappyFramedOutputStream(out);
            case HADOOP_SNAPPY -> new SnappyHadoopCompatibleOutputStream(out);
            case PARQUET_NONE, PARQUET_GZIP, PARQUET_SNAPPY ->
                throw new IllegalStateException(
                        String.format(Locale.ROOT, "%s is a compression of Parquet", compression));
        };
    }

    private static OutputStream zip(OutputStream out) throws IOException {
        ZipOutputStream zip = new ZipOutputStream(out);
        ZipEntry entry = new ZipEntry("records");
        entry.setLastModifiedTime(FileTime.fromMillis(0)); // the same records give the same bytes
        zip.putNextEntry(entry);
        return zip;
    }

    @Override
    public String extension() {
        return switch (compression) {
            case GZIP -> ".gz";
            case ZIP -> ".zip";
            case SNAPPY -> ".snappy";
            case HADOOP_SNAPPY -> ".hsnappy";
            case NONE, PARQUET_NONE, PARQUET_GZIP, PARQUET_SNAPPY -> "";
        };
    }

    /** Lets a compressor be closed, and so completed, without the object. */
    private static final class Unclosed extends FilterOutputStream {
        Unclosed(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
