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
class SqlFailureTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "unknown-table | SQL validation failed. From line 1, column 15 to line 1, column 21: Object 'nowhere'"
                        + " not found",
                "syntax | SQL parse failed. Non-query expression encountered in illegal context",
                "column | SQL validation failed. At line 1, column 8: Column 'y' not found in any table",
                "noconn | table 'b': Connector 'datagen' can only be used as a source. It cannot be used as a sink.",
                "noconn2 | table 'a': connector 'nosuch' is not available (available: blackhole, datagen, filesystem,"
                        + " legacy-csv, print)",
                "missing-sink | Cannot find table '`zz`' in any of the catalogs"
                        + " [default_catalog], nor as a temporary table.",
                "avro | table 'w': format 'avro' is not available (available: canal-json, csv, debezium-json, json,"
                        + " maxwell-json, ogg-json, raw)",
                "badint | table 'w': Invalid value for option 'sink.batch.max-size'."
                        + " Could not parse value 'many' for key 'sink.batch.max-size'.",
                "sinkcount | table 'w': Error creating scan format 'json' in option space 'json.'."
                        + " Invalid value for option 'fail-on-missing-field'."
                        + " Could not parse value 'x' for key 'json.fail-on-missing-field'."
                        + " Unrecognized option for boolean: x. Expected either true or false(case insensitive)",
                "initpos | table 'w': source.init.position: EARLIEST (expected: [TRIM_HORIZON, LATEST, AT_TIMESTAMP,"
                        + " AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER])",
                "json-opt | table 'w': unknown option 'json.ignore-parse-errrors' of 'kinesis'"
                        + " (did you mean 'json.ignore-parse-errors'?)",
                "unknown-opt | table 'w': unknown option 'scan.stream.initpso' of 'kinesis'"
                        + " (did you mean 'scan.stream.initpos'?)",
                "nopath | table 'w': missing options: path",
                "no-format | table 'w': Could not find required scan format 'format'.",
                "func | SQL validation failed. From line 1, column 22 to line 1, column 28: No match found for function"
                        + " signature FOOO(<NUMERIC>)",
                "expected-words | SQL parse failed. Encountered \"TABEL\" at line 1, column 8.¶  Expected one of:"
                        + " \"CATALOG\" \"CONNECTION\" \"DATABASE\" \"OR\" \"SYSTEM\" \"TABLE\" \"TEMPORARY\" \"VIEW\""
                        + " \"MODEL\" \"MATERIALIZED\" \"FUNCTION\"",
                "mismatch | Column types of query result and sink for 'w' do not match.¶"
                        + "  Cause: Incompatible types for sink column 'n' at position 1.¶"
                        + "  Query schema: [EXPR$0: CHAR(1) NOT NULL, EXPR$1: INT NOT NULL]¶"
                        + "  Sink schema:  [n: INT, s: STRING]",
                "retract | Table sink 'w' doesn't support consuming update changes which is produced by node"
                        + " GroupAggregate(select=[COUNT(*) AS EXPR$0])"
            })
    void theLinesThatHelpAreFoundInATrace(String trace, String message) throws IOException {
        assertThat(SqlFailure.messageOf(read(trace))).isEqualTo(message.replace('¶', '\n'));
    }

    @Test
    void aJobThatFailsIsToldByItsLastCause() throws IOException {
        assertThat(SqlFailure.messageOf(read("runtime"))).endsWith("For input string: 'x'. Invalid character found.");
    }

    @Test
    void aTextWithoutCausesIsTakenAsItIs() {
        assertThat(SqlFailure.messageOf(" HTTP 404\n")).isEqualTo("HTTP 404");
    }

    private static String read(String trace) throws IOException {
        try (InputStream in = SqlFailureTest.class.getResourceAsStream("/traces/" + trace + ".txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
