package io.millrace.analytics.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The traces are those of Flink 2.3.0's gateway, with most of their frames left out. */
@Timeout(10)
class SqlGatewayTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "unknown-table | SQL validation failed. From line 1, column 15 to line 1, column 21: Object 'nowhere' not found",
                "syntax | SQL parse failed. Non-query expression encountered in illegal context",
                "column | SQL validation failed. At line 1, column 8: Column 'y' not found in any table",
                "noconn | Unable to create a sink for writing table 'default_catalog.default_database.b'."
                        + " / Connector 'datagen' can only be used as a source. It cannot be used as a sink.",
                "noconn2 | Unable to create a source for reading table 'default_catalog.default_database.a'."
                        + " / Cannot discover a connector using option: 'connector'='nosuch' / Could not find any factory"
                        + " for identifier 'nosuch' that implements 'org.apache.flink.table.factories.DynamicTableFactory'"
                        + " in the classpath.",
                "missing-sink | Cannot find table '`default_catalog`.`default_database`.`zz`' in any of the catalogs"
                        + " [default_catalog], nor as a temporary table."
            })
    void theSentenceThatHelpsIsFoundInATrace(String trace, String message) throws IOException {
        assertThat(SqlGateway.messageOf(read(trace))).isEqualTo(message);
    }

    @Test
    void aJobThatFailsIsToldByItsLastCause() throws IOException {
        assertThat(SqlGateway.messageOf(read("runtime"))).endsWith("For input string: 'x'. Invalid character found.");
    }

    @Test
    void aTextWithoutCausesIsTakenAsItIs() {
        assertThat(SqlGateway.messageOf(" HTTP 404\n")).isEqualTo("HTTP 404");
    }

    private static String read(String trace) throws IOException {
        try (InputStream in = SqlGatewayTest.class.getResourceAsStream("/traces/" + trace + ".txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
