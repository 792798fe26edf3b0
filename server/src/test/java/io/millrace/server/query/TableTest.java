package io.millrace.server.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class TableTest {
    private static String print(String sql) throws SQLException {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
            Table.print(connection, sql, new PrintStream(printed, true, UTF_8), 10);
        }
        return printed.toString(UTF_8);
    }

    @Test
    void everyKindOfValueHasOneLine() throws SQLException {
        assertThat(
                        print(
                                "SELECT [1, 2] AS l, {'a': 1} AS s, 'ab'::BLOB AS b, E'x\\ny' AS t, NULL AS n, 12::HUGEINT AS h"))
                .isEqualTo("""
                        l      | s     | b      | t    | n    |  h
                        -------+-------+--------+------+------+---
                        [1, 2] | {a=1} | 0x6162 | x\\ny | NULL | 12
                        (1 row)
                        """);
    }

    @Test
    void wideCharactersAndLongTextStayInTheirColumns() throws SQLException {
        assertThat(print("SELECT '東京' AS city, 1 AS n UNION ALL SELECT 'Bern', 22 ORDER BY n"))
                .isEqualTo("city |  n\n-----+---\n東京 |  1\nBern | 22\n(2 rows)\n");
        assertThat(print("SELECT repeat('x', 200) AS long")).contains("x".repeat(79) + "…\n");
    }

    @Test
    void aStatementWithoutAResultSaysWhatItChanged() throws SQLException {
        assertThat(print("CREATE TABLE t AS SELECT 1")).isEqualTo("(1 row changed)\n");
    }
}
