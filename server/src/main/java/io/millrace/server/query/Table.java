package io.millrace.server.query;

import java.io.PrintStream;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Prints the result of a statement with its columns aligned, numbers to the right. Confined to one thread. */
final class Table {
    private static final int MAX_CELL_WIDTH = 80;
    private static final int FETCH_ROWS = 1000;

    private final String[] heads;
    private final boolean[] numeric;
    private final int[] widths;
    private final List<String[]> rows = new ArrayList<>();
    private long total;

    private Table(ResultSetMetaData columns) throws SQLException {
        int count = columns.getColumnCount();
        heads = new String[count];
        numeric = new boolean[count];
        widths = new int[count];
        for (int i = 0; i < count; i++) {
            heads[i] = columns.getColumnLabel(i + 1);
            numeric[i] = isNumeric(columns, i + 1);
            widths[i] = width(heads[i]);
        }
    }

    /** Runs a statement; one without a result says how many rows it changed. */
    static void print(Connection connection, String sql, PrintStream out, int maxRows) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(FETCH_ROWS);
            if (!statement.execute(sql)) {
                out.printf(Locale.ROOT, "(%s changed)%n", rows(Math.max(0, statement.getUpdateCount())));
                return;
            }
            try (ResultSet result = statement.getResultSet()) {
                Table table = new Table(result.getMetaData());
                table.read(result, maxRows);
                table.print(out);
            }
        }
    }

    private void read(ResultSet result, int maxRows) throws SQLException {
        while (result.next()) {
            total++;
            if (rows.size() < maxRows) {
                String[] row = new String[heads.length];
                for (int i = 0; i < row.length; i++) {
                    row[i] = text(result.getObject(i + 1));
                    widths[i] = Math.max(widths[i], width(row[i]));
                }
                rows.add(row);
            }
        }
    }

    private void print(PrintStream out) {
        out.println(line(heads));
        StringBuilder rule = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            rule.append(i == 0 ? "" : "-+-").append("-".repeat(widths[i]));
        }
        out.println(rule);
        rows.forEach(row -> out.println(line(row)));
        out.printf(
                Locale.ROOT, "(%s%s)%n", rows(total), total > rows.size() ? ", first " + rows.size() + " shown" : "");
    }

    private static String rows(long count) {
        return count == 1 ? "1 row" : count + " rows";
    }

    private String line(String[] cells) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.length; i++) {
            String padding = " ".repeat(widths[i] - width(cells[i]));
            line.append(i == 0 ? "" : " | ").append(numeric[i] ? padding + cells[i] : cells[i] + padding);
        }
        return line.toString().stripTrailing();
    }

    private static boolean isNumeric(ResultSetMetaData columns, int column) throws SQLException {
        return switch (columns.getColumnType(column)) {
            case Types.TINYINT,
                    Types.SMALLINT,
                    Types.INTEGER,
                    Types.BIGINT,
                    Types.FLOAT,
                    Types.REAL,
                    Types.DOUBLE,
                    Types.NUMERIC,
                    Types.DECIMAL -> true;
            default -> columns.getColumnTypeName(column).endsWith("HUGEINT"); // DuckDB's sum of a BIGINT
        };
    }

    private static String text(@Nullable Object value) throws SQLException {
        String text;
        if (value == null) {
            text = "NULL";
        } else if (value instanceof Blob blob) {
            text = hex(blob.getBytes(1, (int) Math.min(blob.length(), MAX_CELL_WIDTH)));
        } else if (value instanceof byte[] bytes) {
            text = hex(bytes);
        } else if (value instanceof Array array) {
            text = Arrays.deepToString((Object[]) array.getArray());
        } else {
            text = value.toString();
        }
        String visible = text.replace("\r", "\\r")
                .replace("\n", "\\n")
                .replace("\t", "\\t")
                .replace("\u001b", "\\e");
        return visible.codePointCount(0, visible.length()) <= MAX_CELL_WIDTH
                ? visible
                : visible.substring(0, visible.offsetByCodePoints(0, MAX_CELL_WIDTH - 1)) + "…";
    }

    private static String hex(byte[] bytes) {
        return "0x" + HexFormat.of().formatHex(bytes);
    }

    private static int width(String text) {
        return text.codePoints().map(Table::cells).sum();
    }

    /** East Asian characters and emoji take two cells of a terminal. */
    private static int cells(int c) {
        boolean wide = isIn(c, 0x1100, 0x115f)
                || isIn(c, 0x2e80, 0xa4cf)
                || isIn(c, 0xac00, 0xd7a3)
                || isIn(c, 0xf900, 0xfaff)
                || isIn(c, 0xff00, 0xff60)
                || isIn(c, 0x1f300, 0x1faff);
        return wide ? 2 : 1;
    }

    private static boolean isIn(int c, int first, int last) {
        return c >= first && c <= last;
    }
}
