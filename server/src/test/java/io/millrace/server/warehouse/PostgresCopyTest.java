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
                    new PostgresCopy(target(postgres.user(), postgres.password(), "locked"), Duration.ofMillis(200));

            assertThatThrownBy(() -> copy.copy(object("o")))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("lock timeout");

            owner.rollback();
            assertThat(copy.copy(object("o"))).isEqualTo(2);
            assertThat(copy.copy(object("o"))).isZero();
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
