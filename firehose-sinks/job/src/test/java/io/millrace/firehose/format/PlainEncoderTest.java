package io.millrace.firehose.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.DeliverySpec.Compression;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TimeZone;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xerial.snappy.Snappy;
import org.xerial.snappy.SnappyFramedInputStream;

@Timeout(20)
class PlainEncoderTest {
    private static final String[] FIVE = {"NONE", "GZIP", "ZIP", "SNAPPY", "HADOOP_SNAPPY"};

    private static List<DeliveryRecord> records() {
        List<DeliveryRecord> records = new ArrayList<>();
        Random random = new Random(7);
        for (int i = 0; i < 40; i++) {
            byte[] data = new byte[random.nextInt(10_000)];
            random.nextBytes(data);
            records.add(new DeliveryRecord("shard", Integer.toString(i), i, i == 20 ? new byte[0] : data));
        }
        return records;
    }

    private static byte[] encode(Compression compression, String delimiter, List<DeliveryRecord> records)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream() {
            @Override
            public void close() {
                throw new IllegalStateException("the object is not the encoder's to close");
            }
        };
        assertThat(new PlainEncoder(compression, delimiter).encode(records, out, PlainEncoderTest::rejectsNone))
                .isEqualTo(records.size());
        return out.toByteArray();
    }

    private static void rejectsNone(RecordEncoder.Rejected rejected) {
        throw new AssertionError(rejected);
    }

    private static byte[] decode(Compression compression, byte[] bytes) throws IOException {
        ByteArrayInputStream in = new ByteArrayInputStream(bytes);
        return switch (compression) {
            case NONE -> bytes;
            case GZIP -> new GZIPInputStream(in).readAllBytes();
            case ZIP -> {
                ZipInputStream zip = new ZipInputStream(in);
                assertThat(zip.getNextEntry()).isNotNull();
                byte[] content = zip.readAllBytes();
                assertThat(zip.getNextEntry()).isNull();
                yield content;
            }
            case SNAPPY -> new SnappyFramedInputStream(in).readAllBytes();
            case HADOOP_SNAPPY -> hadoopBlocks(in);
            default -> throw new IllegalArgumentException(compression.name());
        };
    }

    /** As Hadoop's BlockDecompressorStream reads it: length of a block, then its chunks, each with its length. */
    private static byte[] hadoopBlocks(ByteArrayInputStream in) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DataInputStream blocks = new DataInputStream(in);
        while (blocks.available() > 0) {
            int length = blocks.readInt();
            int read = 0;
            while (read < length) {
                byte[] chunk = Snappy.uncompress(blocks.readNBytes(blocks.readInt()));
                out.write(chunk);
                read += chunk.length;
            }
            assertThat(read).isEqualTo(length);
        }
        return out.toByteArray();
    }

    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"NONE", "GZIP", "ZIP", "SNAPPY", "HADOOP_SNAPPY"})
    void anIndependentDecoderFindsTheRecordsOneAfterTheOther(Compression compression) throws IOException {
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        for (DeliveryRecord record : records()) {
            expected.write(record.data());
            expected.write("\r\n".getBytes(UTF_8));
        }
        assertThat(decode(compression, encode(compression, "\r\n", records()))).isEqualTo(expected.toByteArray());
    }

    @Test
    void theSameRecordsGiveTheSameBytesAtAnyTimeAndPlace() throws Exception {
        List<byte[]> first = new ArrayList<>();
        for (String name : FIVE) {
            first.add(encode(Compression.valueOf(name), "\n", records()));
        }
        TimeZone zone = TimeZone.getDefault();
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Auckland"));
            TimeUnit.MILLISECONDS.sleep(2100); // the times in a ZIP file have steps of two seconds
            for (int i = 0; i < FIVE.length; i++) {
                assertThat(encode(Compression.valueOf(FIVE[i]), "\n", records()))
                        .isEqualTo(first.get(i));
            }
        } finally {
            TimeZone.setDefault(zone);
        }
    }

    @Test
    void withoutADelimiterNothingIsBetweenRecords() throws IOException {
        List<DeliveryRecord> records = List.of(
                new DeliveryRecord("s", "1", 0, "{\"a\":1}".getBytes(UTF_8)),
                new DeliveryRecord("s", "2", 0, "{\"a\":2}".getBytes(UTF_8)));
        assertThat(encode(Compression.NONE, "", records)).asString(UTF_8).isEqualTo("{\"a\":1}{\"a\":2}");
        assertThat(encode(Compression.NONE, "\n", records)).asString(UTF_8).isEqualTo("{\"a\":1}\n{\"a\":2}\n");
    }

    @Test
    void extensionsAreThoseOfFirehose() {
        List<String> extensions = new ArrayList<>();
        for (String name : FIVE) {
            extensions.add(new PlainEncoder(Compression.valueOf(name), "").extension());
        }
        assertThat(extensions).containsExactly("", ".gz", ".zip", ".snappy", ".hsnappy");
    }

    @Test
    void aCompressionOfParquetIsRefused() {
        PlainEncoder encoder = new PlainEncoder(Compression.PARQUET_GZIP, "");
        assertThatThrownBy(
                        () -> encoder.encode(records(), OutputStream.nullOutputStream(), PlainEncoderTest::rejectsNone))
                .hasMessage("PARQUET_GZIP is a compression of Parquet");
    }
}
