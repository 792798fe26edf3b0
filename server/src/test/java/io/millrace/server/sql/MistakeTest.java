package io.millrace.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.analytics.control.SqlScript;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MistakeTest {
    private static final List<SqlScript.Statement> SCRIPT = SqlScript.parse("""
        -- a comment
        CREATE TABLE words (n INT) WITH (
          'connector' = 'kinesis',
          'strem' = 'words',
          'source.init.position' = 'EARLIEST',
          'format' = 'avro');
        CREATE TEMPORARY TABLE IF NOT EXISTS `a`.`other`(n INT) WITH (
          'connector' = 'kinesis');

        INSERT INTO other
        SELECT m FROM words;
        """);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "table 'words': source.init.position: EARLIEST (expected: LATEST) | 5",
                "table 'words': unknown option 'strem' of 'kinesis' | 4",
                "table 'words': format 'avro' is not available | 6",
                "table 'words': missing options: stream.arn | 2",
                "table 'other': missing options: stream.arn | 7",
                "table 'third': missing options: stream.arn | 10",
                "Something else | 10"
            })
    void aMistakeInATableIsInTheLineOfItsDefinition(String message, int line) {
        assertThat(new Mistake(SCRIPT, SCRIPT.get(2)).located(message)).isEqualTo(line + ": " + message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "At line 2, column 8: Column 'm' not found | 11: At line 11, column 8: Column 'm' not found",
                "From line 1, column 1 to line 2, column 8: no | 10: From line 10, column 1 to line 11, column 8: no"
            })
    void linesAreCountedFromTheBeginningOfTheScript(String message, String located) {
        assertThat(new Mistake(SCRIPT, SCRIPT.get(2)).located(message)).isEqualTo(located);
    }
}
