package io.millrace.firehose.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.DeliverySpec.Column;
import io.millrace.firehose.delivery.DeliverySpec.Compression;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files are read back by DuckDB, which shares no code with the writer. */
@Timeout(60)
class ParquetEncoderTest {
    private static final List<Column> EVERY_TYPE = List.of(
            new Column("flag", "boolean"),
            new Column("tiny", "tinyint"),
            new Column("small", "smallint"),
            new Column("whole", "int"),
            new Column("large", "bigint"),
            new Column("single", "float"),
            new Column("twice", "double"),
            new Column("text", "string"),
            new Column("short_text", "varchar(10)"),
            new Column("day", "date"),
            new Column("at", "timestamp"),
            new Column("narrow", "decimal(9,2)"),
            new Column("middle", "decimal(18,4)"),
            new Column("wide", "decimal(38,10)"));

    @TempDir
    Path directory;

    private List<RecordEncoder.Rejected> rejected = List.of();

    private static List<DeliveryRecord> records(String... data) {
        List<DeliveryRecord> records = new ArrayList<>();
        for (String one : data) {
            records.add(new DeliveryRecord("shard", Integer.toString(records.size()), 0, one.getBytes(UTF_8)));
        }
        return records;
    }

    private byte[] encode(List<Column> columns, Compression compression, String... data) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        rejected = new ArrayList<>();
        long encoded = new ParquetEncoder(columns, compression).encode(records(data), out, rejected::add);
        assertThat(encoded).isEqualTo(data.length - rejected.size());
        return out.toByteArray();
    }

    /** The rows that DuckDB sees, as text. */
    private List<String> rows(byte[] object, String select) throws IOException, SQLException {
        Path file = Files.write(directory.resolve("object.parquet"), object);
        List<String> rows = new ArrayList<>();
        try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duck.createStatement()) {
            statement.execute("SET TimeZone = 'UTC'");
            try (ResultSet result =
                    statement.executeQuery("SELECT %s FROM read_parquet('%s')".formatted(select, file))) {
                while (result.next()) {
                    List<String> row = new ArrayList<>();
                    for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                        row.add(result.getString(i));
                    }
                    rows.add(String.join(";", row.stream().map(String::valueOf).toList()));
                }
            }
        }
        return rows;
    }

    private List<String> one(String type, String... data) throws IOException, SQLException {
        byte[] object = encode(List.of(new Column("v", type)), Compression.PARQUET_NONE, data);
        return rows(object, "v::VARCHAR");
    }

    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"PARQUET_NONE", "PARQUET_GZIP", "PARQUET_SNAPPY"})
    void everyTypeIsReadAsItWasSaid(Compression compression) throws Exception {
        byte[] object = encode(EVERY_TYPE, compression, """
                {"flag":true,"tiny":-128,"small":32767,"whole":-2147483648,"large":9223372036854775807,"single":1.5,
                 "twice":-2.5e300,"text":"gr\u00fc\u00df \\u2603","short_text":"x","day":"2024-02-29",
                 "at":"2024-02-29T12:34:56.789Z","narrow":1234567.89,"middle":-99999999999999.9999,
                 "wide":"-1234567890123456789012345678.0123456789"}""", "{\"wide\":12345678901234567890.5}", "{}");
        assertThat(rejected).isEmpty();
        assertThat(rows(object, "*"))
                .containsExactly(
                        "true;-128;32767;-2147483648;9223372036854775807;1.5;-2.5E300;gr\u00fc\u00df \u2603;x;2024-02-29;"
                                + "2024-02-29T12:34:56.789Z;1234567.89;-99999999999999.9999;"
                                + "-1234567890123456789012345678.0123456789",
                        "null;null;null;null;null;null;null;null;null;null;null;null;null;12345678901234567890.5000000000",
                        "null;null;null;null;null;null;null;null;null;null;null;null;null;null");
        assertThat(rows(object, "typeof(columns(*))").get(0))
                .isEqualTo("BOOLEAN;TINYINT;SMALLINT;INTEGER;BIGINT;FLOAT;DOUBLE;VARCHAR;VARCHAR;DATE;"
                        + "TIMESTAMP WITH TIME ZONE;DECIMAL(9,2);DECIMAL(18,4);DECIMAL(38,10)");
    }

    @Test
    void theSameRecordsGiveTheSameBytes() throws IOException {
        String[] data = {"{\"text\":\"a\",\"large\":1}", "{\"text\":\"b\"}", "{\"at\":17}"};
        for (Compression compression :
                List.of(Compression.PARQUET_NONE, Compression.PARQUET_GZIP, Compression.PARQUET_SNAPPY)) {
            assertThat(encode(EVERY_TYPE, compression, data)).isEqualTo(encode(EVERY_TYPE, compression, data));
        }
    }

    @Test
    void keysAreComparedWithoutCaseAndUnknownOnesAreSkipped() throws Exception {
        byte[] object = encode(
                List.of(new Column("id", "int"), new Column("city", "string")),
                Compression.PARQUET_SNAPPY,
                "{\"ID\":1,\"City\":\"Ulm\",\"more\":{\"id\":9,\"list\":[1,{\"city\":2}]}}",
                "{\"id\":null,\"city\":\"\"}");
        assertThat(rows(object, "*")).containsExactly("1;Ulm", "null;");
    }

    @Test
    void severalObjectsInARecordAreSeveralRows() throws Exception {
        assertThat(one("int", "{\"v\":1}{\"v\":2}\n {\"v\":3}", "{\"v\":4}")).containsExactly("1", "2", "3", "4");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"v\":1}]",
                "{\"v\":1} {\"v\":\"x\"}",
                "{\"v\":1",
                "{\"v\":1}}",
                "text",
                "17",
                "{\"v\":{}}",
                "{\"v\":[1]}",
                "{\"v\":true}",
                "{\"v\":1.5}",
                "{\"v\":2147483648}",
                "{\"v\":1e400000000}",
                "{\"v\":1,}"
            })
    void aMalformedRecordIsRejectedWholeAndDisturbsNobody(String malformed) throws Exception {
        assertThat(one("int", "{\"v\":7}", malformed, "{\"v\":8}")).containsExactly("7", "8");
        assertThat(rejected).singleElement().satisfies(one -> {
            assertThat(one.code()).isEqualTo("DataFormatConversion.ParseError");
            assertThat(one.record().sequenceNumber()).isEqualTo("1");
            assertThat(one.message()).isNotEmpty();
        });
    }

    @ParameterizedTest
    @CsvSource({
        "tinyint, 128",
        "smallint, -32769",
        "bigint, 9223372036854775808",
        "'decimal(4,2)', 100",
        "'decimal(4,2)', 1.234",
        "'decimal(9,2)', 12345678.9",
        "'decimal(18,0)', 1000000000000000000",
        "'decimal(38,10)', 12345678901234567890123456789",
        "'decimal(38,10)', 1e400000000",
        "'decimal(38,10)', 1e-400000000",
        "double, '\"one\"'",
        "boolean, 1",
        "date, '\"2024-02-30\"'",
        "date, 17",
        "timestamp, '\"yesterday\"'",
        "timestamp, '\"2023-02-29 00:00:00\"'",
        "timestamp, 99999999999999999999999999",
        "timestamp, true"
    })
    // A number with a huge exponent must not be written out, which nothing could interrupt.
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aValueThatDoesNotFitItsColumnIsRejected(String type, String value) throws Exception {
        assertThat(one(type, "{\"v\":%s}".formatted(value))).isEmpty();
        assertThat(rejected).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "'decimal(4,2)', 99.99, 99.99",
        "'decimal(4,2)', 1.5000, 1.50",
        "'decimal(4,2)', -0.5, -0.50",
        "'decimal(4,2)', 0e400000000, 0.00",
        "'decimal(4,2)', '\"7\"', 7.00",
        "'decimal(12,2)', 1e9, 1000000000.00",
        "bigint, 1e3, 1000",
        "int, '\"42\"', 42",
        "string, 1.50, 1.50",
        "string, true, true",
        "boolean, '\"TRUE\"', true"
    })
    void aValueIsTakenInAnyFormThatMeansIt(String type, String value, String expected) throws Exception {
        assertThat(one(type, "{\"v\":%s}".formatted(value))).containsExactly(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "'\"2017-02-07T15:13:01Z\"', 2017-02-07 15:13:01+00",
        "'\"2017-02-07T15:13:01.1Z\"', 2017-02-07 15:13:01.1+00",
        "'\"2017-02-07T15:13:01.39256Z\"', 2017-02-07 15:13:01.392+00",
        "'\"2017-02-07T15:13:01.123456789Z\"', 2017-02-07 15:13:01.123+00",
        "'\"2017-02-07 15:13:01\"', 2017-02-07 15:13:01+00",
        "'\"2017-2-7 15:13:01.5\"', 2017-02-07 15:13:01.5+00",
        "'\"2017-12-31 23:59:59.999\"', 2017-12-31 23:59:59.999+00",
        "1486480381, 2017-02-07 15:13:01+00",
        "1486480381.392, 2017-02-07 15:13:01.392+00",
        "1486480381392, 2017-02-07 15:13:01.392+00",
        "'\"1486480381\"', 2017-02-07 15:13:01+00",
        "0, 1970-01-01 00:00:00+00",
        "-1, 1969-12-31 23:59:59+00"
    })
    void timestampsHaveTheFormsOfTheOpenXSerDe(String value, String expected) throws Exception {
        assertThat(one("timestamp", "{\"v\":%s}".formatted(value))).containsExactly(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"array<int>", "struct<a:int>", "decimal(39,0)", "decimal(2,3)", "decimal(0)", "blob", ""})
    void aTypeThatIsNoScalarOfHiveIsRefused(String type) {
        assertThatThrownBy(() -> ColumnType.parse(type)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyRecordRejectedStillMakesAnEmptyFile() throws Exception {
        assertThat(one("int", "x")).isEmpty();
        assertThat(rejected).hasSize(1);
        assertThatThrownBy(() -> new ParquetEncoder(EVERY_TYPE, Compression.GZIP))
                .hasMessage("compression: GZIP (expected: one of Parquet)");
    }

    @Test
    void noClassOfHadoopIsNeeded() throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1)) {
            if (!Path.of(entry).getFileName().toString().startsWith("hadoop-")) {
                urls.add(Path.of(entry).toUri().toURL());
            }
        }
        assertThat(urls)
                .hasSizeLessThan(System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1).length);
        try (URLClassLoader bare = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            assertThatThrownBy(() -> bare.loadClass("org.apache.hadoop.conf.Configuration"))
                    .isInstanceOf(ClassNotFoundException.class);
            for (Compression compression :
                    List.of(Compression.PARQUET_NONE, Compression.PARQUET_GZIP, Compression.PARQUET_SNAPPY)) {
                byte[] there = (byte[]) bare.loadClass(WithoutHadoop.class.getName())
                        .getMethod("encode", String.class)
                        .invoke(null, compression.name());
                assertThat(there).isEqualTo(WithoutHadoop.encode(compression.name()));
                assertThat(rows(there, "*")).containsExactly("1;a", "2;b");
            }
        }
    }

    /** Runs in a class loader of its own. */
    public static final class WithoutHadoop {
        private WithoutHadoop() {}

        public static byte[] encode(String compression) throws IOException {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            List<DeliveryRecord> records = Stream.of("{\"id\":1,\"t\":\"a\"}", "{\"id\":2,\"t\":\"b\"}")
                    .map(data -> new DeliveryRecord("s", "1", 0, data.getBytes(UTF_8)))
                    .toList();
            new ParquetEncoder(
                            Arrays.asList(new Column("id", "int"), new Column("t", "string")),
                            Compression.valueOf(compression))
                    .encode(records, out, rejected -> {
                        throw new IllegalStateException(rejected.message());
                    });
            return out.toByteArray();
        }
    }
}
