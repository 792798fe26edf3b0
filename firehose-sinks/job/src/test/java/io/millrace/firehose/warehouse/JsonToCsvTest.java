package io.millrace.firehose.warehouse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class JsonToCsvTest {

    private static String csv(String json, String... columns) throws IOException, SQLException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JsonToCsv.convert(
                new ByteArrayInputStream(json.getBytes(UTF_8)),
                List.of(columns),
                (bytes, length) -> out.write(bytes, 0, length));
        return out.toString(UTF_8);
    }

    @Test
    void quotesCommasAndLineBreaksStayInTheirValue() throws Exception {
        assertThat(csv("{\"a\":\"say \\\"hi\\\", x\",\"b\":\"two\\nlines\\r\\n\"}", "a", "b"))
                .isEqualTo("\"say \"\"hi\"\", x\",\"two\nlines\r\n\"\n");
    }

    @Test
    void nullAndAMissingKeyAreNotTheEmptyStringNorTheTextOfNull() throws Exception {
        assertThat(csv("{\"a\":null,\"b\":\"\",\"d\":\"\\\\N\"}", "a", "b", "c", "d"))
                .isEqualTo("\\N,\"\",\\N,\"\\N\"\n");
    }

    @Test
    void nestedValuesAreTheirText() throws Exception {
        assertThat(csv("{\"a\":{\"x\":[1,\"q\\\"\",null]},\"b\":[],\"c\":1}", "a", "b", "c"))
                .isEqualTo("\"{\"\"x\"\":[1,\"\"q\\\"\"\"\",null]}\",\"[]\",\"1\"\n");
    }

    @Test
    void textIsUtf8AndNumbersKeepTheirDigits() throws Exception {
        assertThat(csv(
                        "{\"a\":\"gr\u00fc\u00df \u2603 \ud83d\ude00\",\"b\":12345678901234567890.100,\"c\":true}",
                        "a",
                        "b",
                        "c"))
                .isEqualTo("\"gr\u00fc\u00df \u2603 \ud83d\ude00\",\"12345678901234567890.100\",\"true\"\n");
    }

    @Test
    void objectsMayFollowEachOtherInAnyWayAndKeysHaveNoCase() throws Exception {
        assertThat(csv("{\"A\":1}{\"a\":2}\n\n{\"x\":{\"a\":9},\"a\":3}", "a")).isEqualTo("\"1\"\n\"2\"\n\"3\"\n");
        assertThat(csv("", "a")).isEmpty();
    }

    @Test
    void manyRowsComeInPieces() throws Exception {
        int[] pieces = {0};
        JsonToCsv.convert(
                new ByteArrayInputStream("{\"a\":\"0123456789\"}".repeat(20_000).getBytes(UTF_8)),
                List.of("a"),
                (bytes, length) -> pieces[0]++);
        assertThat(pieces[0]).isBetween(4, 10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1]", "17", "{\"a\":1", "{\"a\":1} x", "{\"a\"}"})
    void whatIsNoSequenceOfObjectsIsRefused(String json) {
        assertThatThrownBy(() -> csv(json, "a"))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("staged object: ");
    }
}
