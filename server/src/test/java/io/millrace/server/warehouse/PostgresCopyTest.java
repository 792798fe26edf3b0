package io.millrace.server.warehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.firehose.delivery.DeliverySpec.WarehouseTarget;
import io.millrace.firehose.warehouse.PostgresCopy;
import io.millrace.firehose.warehouse.StagedObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What other users of a warehouse do to a copy. */
@Timeout(120)
class PostgresCopyTest {
    @TempDir
    static Path directory;

    private static EmbeddedPostgres postgres;

    @BeforeAll
    static void start() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = free.getLocalPort();
            free.close();
            postgres = EmbeddedPostgres.start(directory.resolve("warehouse"), directory.resolve("install"), port);
        }
    }

    @AfterAll
    static void stop() throws IOException {
        postgres.close();
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
    }

    private static WarehouseTarget target(String user, String password, String table) {
        return new WarehouseTarget(postgres.jdbcUrl(), user, password, table, "", "CSV", 1000);
    }

    private static StagedObject object(String id) {
        return new StagedObject() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public InputStream open() {
                return new ByteArrayInputStream("1\n2\n".getBytes(StandardCharsets.UTF_8));
            }
        };
    }

    @Test
    void aLockedTableFailsACopyAndALaterOneLoadsTheRows() throws Exception {
        try (Connection owner = connect();
                Statement statement = owner.createStatement()) {
            statement.execute("CREATE TABLE locked (id int)");
            owner.setAutoCommit(false);
            statement.execute("LOCK TABLE locked");
            PostgresCopy copy =
                    new PostgresCopy(target(postgres.user(), postgres.password(), "locked"), patience(200, 60_000));

            assertThatThrownBy(() -> copy.copy(object("o")))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("lock timeout");

            owner.rollback();
            assertThat(copy.copy(object("o"))).isEqualTo(2);
            assertThat(copy.copy(object("o"))).isZero();
        }
    }

    private static PostgresCopy.Patience patience(int lockMillis, int finishMillis) {
        return new PostgresCopy.Patience(
                Duration.ofMillis(lockMillis), Duration.ofSeconds(60), Duration.ofMillis(finishMillis));
    }

    /** A table whose rows take the server a minute when it has all of them. */
    private static void createSlow(Statement statement, String table) throws SQLException {
        statement.execute("CREATE TABLE %s (id int)".formatted(table));
        statement.execute("CREATE OR REPLACE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS"
                + " 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END'");
        statement.execute("CREATE TRIGGER slow AFTER INSERT ON %s FOR EACH STATEMENT EXECUTE FUNCTION take_long()"
                .formatted(table));
    }

    @Test
    @Timeout(40)
    void aServerThatDoesNotComeToAnEndIsLeft() throws Exception {
        try (Connection owner = connect();
                Statement statement = owner.createStatement()) {
            createSlow(statement, "endless");
            PostgresCopy copy =
                    new PostgresCopy(target(postgres.user(), postgres.password(), "endless"), patience(30_000, 300));

            assertThatThrownBy(() -> copy.copy(object("e"))).isInstanceOf(SQLException.class);
        }
    }

    @Test
    @Timeout(40)
    void aCopyThatIsCancelledEnds() throws Exception {
        try (Connection owner = connect();
                Statement statement = owner.createStatement()) {
            createSlow(statement, "unwanted");
            PostgresCopy copy = new PostgresCopy(target(postgres.user(), postgres.password(), "unwanted"));
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            Thread task = new Thread(() -> {
                try {
                    copy.copy(object("u"));
                } catch (SQLException | IOException e) {
                    failure.complete(e);
                }
            });
            task.start();
            while (!isAtWork(statement, "COPY unwanted%")) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
            task.interrupt();

            assertThat(failure.get(30, TimeUnit.SECONDS)).isInstanceOf(Exception.class);
        }
    }

    private static boolean isAtWork(Statement statement, String query) throws SQLException {
        try (ResultSet found = statement.executeQuery(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%s'".formatted(query))) {
            found.next();
            return found.getInt(1) > 0;
        }
    }

    @Test
    void aLedgerElsewhereOnTheSearchPathIsUsed() throws Exception {
        try (Connection owner = connect();
                Statement statement = owner.createStatement()) {
            statement.execute("CREATE ROLE third LOGIN PASSWORD 'third'");
            statement.execute("CREATE SCHEMA ops");
            statement.execute("CREATE SCHEMA app");
            statement.execute("GRANT USAGE ON SCHEMA ops, app TO third");
            statement.execute("CREATE TABLE app.rides (id int)");
            statement.execute("CREATE TABLE ops.millrace_delivery_ledger"
                    + " (object_id text PRIMARY KEY, row_count bigint, loaded_at timestamptz DEFAULT now())");
            statement.execute("GRANT ALL ON app.rides, ops.millrace_delivery_ledger TO third");
            statement.execute("ALTER ROLE third SET search_path = app, ops");

            assertThat(new PostgresCopy(target("third", "third", "rides")).copy(object("a")))
                    .isEqualTo(2);
        }
    }

    @Test
    void twoUsersWithSchemasOfTheirOwnHaveLedgersOfTheirOwn() throws Exception {
        try (Connection owner = connect();
                Statement statement = owner.createStatement()) {
            statement.execute("CREATE TABLE first (id int)");
            statement.execute("CREATE ROLE second LOGIN PASSWORD 'second'");
            statement.execute("CREATE SCHEMA second AUTHORIZATION second");
            statement.execute("CREATE TABLE second.rows (id int)");
            statement.execute("ALTER TABLE second.rows OWNER TO second");
            assertThat(new PostgresCopy(target(postgres.user(), postgres.password(), "first")).copy(object("a")))
                    .isEqualTo(2);

            PostgresCopy copy = new PostgresCopy(target("second", "second", "rows"));
            assertThat(copy.copy(object("a"))).isEqualTo(2);
            assertThat(copy.copy(object("a"))).isZero();

            try (ResultSet count = statement.executeQuery("SELECT count(*) FROM second.rows")) {
                count.next();
                assertThat(count.getInt(1)).isEqualTo(2);
            }
        }
    }
}
