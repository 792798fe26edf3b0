package io.millrace.firehose.warehouse;

import io.millrace.firehose.delivery.DeliverySpec.WarehouseTarget;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * Copies staged objects into a table of a PostgreSQL warehouse.
 *
 * <p>The rows and a row of the ledger table {@value #LEDGER} are one transaction, so an object that was copied before
 * is recognised and copied no second time, whatever was killed in between. The same transaction writes which records of
 * the source the rows are, so that records that are loaded are recognised in an object of another name. The ledger is
 * the one that the user may write, in a schema that its search path names, or a new one. A table that is locked, or a
 * server that does not answer, fails the copy after a while and holds up nothing else for longer. Confined to one
 * thread.
 */
public final class PostgresCopy {
    static final String LEDGER = "millrace_delivery_ledger";
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final String LOGIN_TIMEOUT_SECONDS = "10";

    private final WarehouseTarget target;
    private final CopyOptions options;
    private final Patience patience;

    /**
     * How long a copy waits for others, which is more than a checkpoint may take in no case.
     *
     * @param lock for a table that others have locked
     * @param step for the server to take more rows, or to answer
     * @param finish for the server to deal with the rows when it has all of them: triggers, foreign keys
     */
    public record Patience(Duration lock, Duration step, Duration finish) {
        static final Patience DEFAULT =
                new Patience(Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofMinutes(8));
    }

    public PostgresCopy(WarehouseTarget target) {
        this(target, Patience.DEFAULT);
    }

    public PostgresCopy(WarehouseTarget target, Patience patience) {
        this.target = target;
        this.options = CopyOptions.parse(target.copyOptions());
        this.patience = patience;
    }

    /**
     * Copies an object unless the ledger has it.
     *
     * @return the number of rows copied now; 0 when the object, or others with all of its records, had been copied
     *     before
     * @throws PositionOverlapException if other objects with some of its records had been copied before
     */
    public long copy(StagedObject object) throws SQLException, IOException, PositionOverlapException {
        try (Connection connection = connect();
                CopyWatch watch = new CopyWatch(connection, patience.step())) {
            createLedger(connection);
            boolean knowsRanges = !object.ranges().isEmpty() && LoadedRanges.create(connection);
            connection.setAutoCommit(false);
            try (Statement limit = connection.createStatement()) {
                limit.execute("SET LOCAL lock_timeout = " + patience.lock().toMillis());
            }
            boolean isNew = !knowsRanges || claimRanges(connection, object);
            if (!claim(connection, object.id())) {
                connection.rollback();
                return 0;
            }
            if (!isNew) {
                connection.commit(); // the name is in the ledger now, as that of an object that had no row to add
                return 0;
            }
            long rows = load(connection, object, watch);
            watch.expect(patience.finish());
            try (PreparedStatement update =
                    connection.prepareStatement("UPDATE " + LEDGER + " SET row_count = ? WHERE object_id = ?")) {
                update.setLong(1, rows);
                update.setString(2, object.id());
                update.executeUpdate();
            }
            connection.commit();
            return rows;
        }
    }

    /** Returns whether no record of the object is in the table; false if all are. */
    private static boolean claimRanges(Connection connection, StagedObject object)
            throws SQLException, PositionOverlapException {
        LoadedRanges loaded = LoadedRanges.lock(connection, object.delivery());
        switch (loaded.find(object.ranges())) {
            case NONE -> loaded.add(object.ranges());
            case ALL -> {
                return false;
            }
            case SOME -> {
                if (!isKnown(connection, object.id())) {
                    throw new PositionOverlapException(
                            object.id() + ": some of its records were loaded with another object: " + object.ranges());
                }
            }
        }
        return true;
    }

    private static boolean isKnown(Connection connection, String id) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT 1 FROM " + LEDGER + " WHERE object_id = ?")) {
            select.setString(1, id);
            try (ResultSet found = select.executeQuery()) {
                return found.next();
            }
        }
    }

    private Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", target.user());
        properties.setProperty("password", target.password());
        properties.setProperty("loginTimeout", LOGIN_TIMEOUT_SECONDS);
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("socketFactory", CheckedSockets.class.getName());
        properties.setProperty("socketFactoryArg", target.reach() == null ? "PRIVATE" : target.reach());
        return DriverManager.getConnection(target.jdbcUrl(), properties);
    }

    private static void createLedger(Connection connection) throws SQLException {
        try (Statement create = connection.createStatement()) {
            try (ResultSet usable = create.executeQuery(
                    String.format(Locale.ROOT, "SELECT has_table_privilege(to_regclass('%s'), 'INSERT')", LEDGER))) {
                if (usable.next() && usable.getBoolean(1)) {
                    return;
                }
            }
            create.execute("CREATE TABLE IF NOT EXISTS " + LEDGER
                    + " (object_id text PRIMARY KEY, row_count bigint, loaded_at timestamptz NOT NULL DEFAULT now())");
        }
    }

    /** A second loader of the same object waits here until the first has committed. */
    private static boolean claim(Connection connection, String id) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO " + LEDGER + " (object_id) VALUES (?) ON CONFLICT DO NOTHING")) {
            insert.setString(1, id);
            return insert.executeUpdate() == 1;
        }
    }

    private long load(Connection connection, StagedObject object, CopyWatch watch) throws SQLException, IOException {
        List<String> columns = columns(connection);
        String list = columns.stream().map(PostgresCopy::quoted).collect(Collectors.joining(", "));
        String format = switch (options.form()) {
            case JSON -> "FORMAT csv, NULL '\\N'";
            case CSV -> String.format(Locale.ROOT, "FORMAT csv, DELIMITER E'%s'", escaped(options.delimiter()));
            case DELIMITED -> String.format(Locale.ROOT, "FORMAT text, DELIMITER E'%s'", escaped(options.delimiter()));
        };
        CopyIn copy = connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn(String.format(Locale.ROOT, "COPY %s (%s) FROM STDIN WITH (%s)", target.table(), list, format));
        try (InputStream in = content(object)) {
            if (options.form() == CopyOptions.Form.JSON) {
                JsonToCsv.convert(in, columns, (bytes, length) -> write(copy, bytes, length, watch));
            } else {
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    write(copy, buffer, count, watch);
                }
            }
            watch.expect(patience.finish());
            return copy.endCopy();
        } catch (SQLException | IOException | RuntimeException e) {
            cancel(copy, watch, e);
            throw e;
        }
    }

    private void write(CopyIn copy, byte[] rows, int length, CopyWatch watch) throws SQLException {
        watch.expect(patience.step());
        copy.writeToCopy(rows, 0, length);
    }

    private void cancel(CopyIn copy, CopyWatch watch, Exception cause) {
        try {
            if (copy.isActive()) {
                watch.expect(patience.step());
                copy.cancelCopy();
            }
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    private InputStream content(StagedObject object) throws IOException {
        InputStream raw = new BufferedInputStream(object.open(), BUFFER_BYTES);
        return options.gzip() ? new GZIPInputStream(raw, BUFFER_BYTES) : raw;
    }

    /** The columns named by the COPY command, or else all of the table in its order. */
    private List<String> columns(Connection connection) throws SQLException {
        if (!target.columns().isBlank()) {
            return Arrays.stream(target.columns().split(",", -1))
                    .map(String::strip)
                    .toList();
        }
        List<String> columns = new ArrayList<>();
        try (Statement select = connection.createStatement();
                ResultSet none = select.executeQuery("SELECT * FROM " + target.table() + " LIMIT 0")) {
            for (int i = 1; i <= none.getMetaData().getColumnCount(); i++) {
                columns.add(none.getMetaData().getColumnName(i));
            }
        }
        return columns;
    }

    private static String quoted(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    private static String escaped(char delimiter) {
        return delimiter == '\t' ? "\\t" : delimiter == '\'' ? "\\'" : String.valueOf(delimiter);
    }
}
