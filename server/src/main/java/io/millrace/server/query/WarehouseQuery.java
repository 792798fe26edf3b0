package io.millrace.server.query;

import java.io.IOException;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** SQL in the warehouse. */
public final class WarehouseQuery {
    private WarehouseQuery() {}

    /**
     * Runs one statement and prints its result as a table.
     *
     * @param maxRows how many rows are printed; all are counted
     * @return 0, as the exit code of a command
     * @throws IOException with a message for the user, if the warehouse cannot be reached or refuses the statement
     */
    public static int run(String sql, String jdbcUrl, String user, String password, PrintStream out, int maxRows)
            throws IOException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl, user, password)) {
            Table.print(connection, sql, out, maxRows);
            return 0;
        } catch (SQLException e) {
            throw new IOException(ParquetQuery.oneLine(e), e);
        }
    }
}
