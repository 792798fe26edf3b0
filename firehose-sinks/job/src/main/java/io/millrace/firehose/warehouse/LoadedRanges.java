package io.millrace.firehose.warehouse;

import io.millrace.firehose.delivery.Positions;
import io.millrace.firehose.delivery.ShardRange;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which records of the source are in the warehouse: the table {@value #TABLE}, written in the transaction of the rows.
 *
 * <p>A row stands for the records of a shard behind one position up to another. Ranges that touch become one row, so
 * that a delivery without a gap has one row a shard. A gap is an object that was given up or is tried again later.
 */
final class LoadedRanges {
    static final String TABLE = "millrace_delivery_ranges";
    private static final Logger LOG = LoggerFactory.getLogger(LoadedRanges.class);

    /** What a table holds of an object's records. */
    enum Found {
        NONE,
        SOME,
        ALL
    }

    private final Connection connection;
    private final String delivery;

    private LoadedRanges(Connection connection, String delivery) {
        this.connection = connection;
        this.delivery = delivery;
    }

    /** Makes the table when it is missing, outside of a transaction. Returns whether there is one to be written. */
    static boolean create(Connection connection) throws SQLException {
        if (isUsable(connection)) {
            return true;
        }
        try (Statement create = connection.createStatement()) {
            create.execute("CREATE TABLE IF NOT EXISTS " + TABLE
                    + " (delivery text NOT NULL, shard text NOT NULL, after_position numeric NOT NULL,"
                    + " last_position numeric NOT NULL, PRIMARY KEY (delivery, shard, last_position))");
            return true;
        } catch (SQLException e) {
            LOG.warn("{} cannot be made; rows are protected by the names of objects only", TABLE, e);
            return false;
        }
    }

    private static boolean isUsable(Connection connection) throws SQLException {
        try (Statement select = connection.createStatement();
                ResultSet usable = select.executeQuery(
                        "SELECT has_table_privilege(to_regclass('" + TABLE + "'), 'INSERT, UPDATE, DELETE')")) {
            return usable.next() && usable.getBoolean(1);
        }
    }

    /** Waits until no other transaction loads for this delivery, and keeps others waiting until this one ends. */
    static LoadedRanges lock(Connection connection, String delivery) throws SQLException {
        try (PreparedStatement lock =
                connection.prepareStatement("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))")) {
            lock.setString(1, TABLE + " " + delivery);
            lock.execute();
        }
        return new LoadedRanges(connection, delivery);
    }

    Found find(List<ShardRange> ranges) throws SQLException {
        int covered = 0;
        int touched = 0;
        try (PreparedStatement select = connection.prepareStatement("SELECT bool_or(after_position <= ? AND"
                + " last_position >= ?) FROM " + TABLE
                + " WHERE delivery = ? AND shard = ? AND after_position < ? AND last_position > ?")) {
            for (ShardRange range : ranges) {
                BigDecimal after = after(range);
                BigDecimal last = Positions.number(range.last());
                select.setBigDecimal(1, after);
                select.setBigDecimal(2, last);
                select.setString(3, delivery);
                select.setString(4, range.shardId());
                select.setBigDecimal(5, last);
                select.setBigDecimal(6, after);
                try (ResultSet found = select.executeQuery()) {
                    found.next();
                    boolean all = found.getBoolean(1);
                    touched += found.wasNull() ? 0 : 1;
                    covered += all ? 1 : 0;
                }
            }
        }
        return touched == 0 ? Found.NONE : covered == ranges.size() ? Found.ALL : Found.SOME;
    }

    void add(List<ShardRange> ranges) throws SQLException {
        for (ShardRange range : ranges) {
            BigDecimal from = touching(range, "last_position", after(range), "after_position", after(range));
            BigDecimal last = Positions.number(range.last());
            BigDecimal to = touching(range, "after_position", last, "last_position", last);
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO " + TABLE + " VALUES (?, ?, ?, ?)")) {
                insert.setString(1, delivery);
                insert.setString(2, range.shardId());
                insert.setBigDecimal(3, from);
                insert.setBigDecimal(4, to);
                insert.executeUpdate();
            }
        }
    }

    /** Removes the row that touches a range at one end, and returns its far end; or what is given if there is none. */
    private BigDecimal touching(ShardRange range, String near, BigDecimal at, String far, BigDecimal otherwise)
            throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(
                "DELETE FROM " + TABLE + " WHERE delivery = ? AND shard = ? AND " + near + " = ? RETURNING " + far)) {
            delete.setString(1, delivery);
            delete.setString(2, range.shardId());
            delete.setBigDecimal(3, at);
            try (ResultSet row = delete.executeQuery()) {
                return row.next() ? row.getBigDecimal(1) : otherwise;
            }
        }
    }

    /** A shard's first range begins just before its first record: which records there were before is not known. */
    private static BigDecimal after(ShardRange range) {
        return range.after().equals(Positions.NONE)
                ? Positions.numberBefore(range.first())
                : Positions.number(range.after());
    }
}
