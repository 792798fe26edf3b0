package io.millrace.firehose.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/** The codecs for writing Parquet pages, without Hadoop's. */
final class PlainCodecs implements CompressionCodecFactory {

    @FunctionalInterface
    private interface Codec {
        BytesInput compress(BytesInput page) throws IOException;
    }

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName name) {
        Codec codec = codec(name);
        return new BytesInputCompressor() {
            @Override
            public BytesInput compress(BytesInput page) throws IOException {
                return codec.compress(page);
            }

            @Override
            public CompressionCodecName getCodecName() {
                return name;
            }

            @Override
            public void release() {}
        };
    }

    private static Codec codec(CompressionCodecName name) {
        return switch (name) {
            case UNCOMPRESSED -> page -> page;
            case SNAPPY -> page -> BytesInput.from(Snappy.compress(bytesOf(page)));
            case GZIP -> PlainCodecs::gzip;
            default ->
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "codec: %s (expected: one of Firehose)", name));
        };
    }

    private static BytesInput gzip(BytesInput page) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            page.writeAllTo(gzip);
        }
        return BytesInput.from(out.toByteArray());
    }

    private static byte[] bytesOf(BytesInput page) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream((int) page.size());
        page.writeAllTo(out);
        return out.toByteArray();
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
        throw new UnsupportedOperationException("these codecs only write");
    }

    @Override
    public void release() {}
}
