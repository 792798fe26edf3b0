package io.millrace.server;

import io.millrace.server.node.Connections;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.TreeSet;

/** A table {@code (id bigint, text text)} of a warehouse, read over a connection that its owner closes. */
record WarehouseTable(Connection warehouse, String name) {

    static Connection connect(Connections.WarehouseAccess warehouse) throws SQLException {
        return DriverManager.getConnection(warehouse.jdbcUrl(), warehouse.user(), warehouse.password());
    }

    static WarehouseTable create(Connection warehouse, String name) throws SQLException {
        execute(warehouse, "CREATE TABLE " + name + " (id bigint, text text)");
        return new WarehouseTable(warehouse, name);
    }

    static void execute(Connection warehouse, String sql) throws SQLException {
        try (Statement statement = warehouse.createStatement()) {
            statement.execute(sql);
        }
    }

    long rows() throws IOException {
        return count(warehouse, name);
    }

    /** @param from what stands behind FROM */
    static long count(Connection warehouse, String from) throws IOException {
        try (Statement statement = warehouse.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + from)) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    Set<Long> ids() throws IOException {
        try (Statement statement = warehouse.createStatement();
                ResultSet rows = statement.executeQuery("SELECT id FROM " + name)) {
            Set<Long> ids = new TreeSet<>();
            while (rows.next()) {
                ids.add(rows.getLong(1));
            }
            return ids;
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }
}
