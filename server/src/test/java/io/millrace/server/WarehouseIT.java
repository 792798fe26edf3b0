package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.node.Connections;
import io.millrace.server.storage.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.firehose.FirehoseClient;

/** Delivers to the embedded warehouse while Flink is killed, and into a table that is not there yet. */
@Timeout(240)
class WarehouseIT {
    private static final Duration DELIVERY_TIMEOUT = Duration.ofSeconds(60);
    private static final int SETTLE_SECONDS = 4;

    @TempDir
    Path directory;

    @Test
    void eachRowIsLoadedOnceThoughFlinkIsKilledAndACopyIsTriedAgainUntilItsTableIsThere() throws Exception {
        try (NodeProcess node = NodeProcess.start(directory.resolve("data")).awaitReady();
                ObjectStore store = node.store();
                FirehoseClient firehose = node.aws().firehose();
                Connection warehouse = connect(node.connections().warehouse())) {
            store.ensureBucket(Deliveries.BUCKET);
            execute(warehouse, "CREATE TABLE numbers (id bigint, text text)");
            Deliveries.warehouse(firehose, "loaded", node.connections().warehouse(), "numbers");
            Deliveries.warehouse(firehose, "waiting", node.connections().warehouse(), "later");
            Numbers loaded = new Numbers("loaded", 10, Deliveries.into(firehose, "loaded"));
            try (loaded) {
                Deliveries.into(firehose, "waiting").put(List.of(1L, 2L, 3L));
                awaitMore(warehouse);
                killInTheMidstOfACopy(node, warehouse);
                killRightAfterACopy(node, warehouse);
                awaitMore(warehouse);
            }
            Await.until(
                    "every acknowledged row is loaded",
                    DELIVERY_TIMEOUT,
                    () -> ids(warehouse, "numbers").containsAll(loaded.acknowledged()));
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            assertThat(ids(warehouse, "numbers")).isEqualTo(new TreeSet<>(loaded.acknowledged()));
            assertThat(count(warehouse, "numbers"))
                    .as("rows and distinct rows")
                    .isEqualTo(loaded.acknowledged().size())
                    .isEqualTo(loaded.tried());

            assertThatTheWaitingDeliveryIsBehindInTheWarehouseOnly(node);

            execute(warehouse, "CREATE TABLE later (id bigint, text text)");
            Await.until("the copy is tried again", DELIVERY_TIMEOUT, () -> count(warehouse, "later") >= 3);
            assertThat(ids(warehouse, "later")).containsExactly(1L, 2L, 3L);
            assertThat(count(warehouse, "later")).isEqualTo(3);
            assertThat(store.list(Deliveries.BUCKET, "errors/")).isEmpty();
            Await.until(
                    "the page tells that nothing waits",
                    DELIVERY_TIMEOUT,
                    () -> figure(node, "freshness_seconds", "waiting", "warehouse") == 0
                            && figure(node, "records_total", "waiting", "warehouse") == 3
                            && figure(node, "records_total", "loaded", "warehouse") == loaded.tried());
        }
    }

    /** Its table is missing: the records are in objects, and no copy succeeds. */
    private static void assertThatTheWaitingDeliveryIsBehindInTheWarehouseOnly(NodeProcess node) throws Exception {
        Await.until(
                "the page tells of the objects",
                DELIVERY_TIMEOUT,
                () -> figure(node, "records_total", "waiting", "s3") == 3);
        assertThat(figure(node, "freshness_seconds", "waiting", "s3")).isZero();
        assertThat(figure(node, "freshness_seconds", "waiting", "warehouse")).isGreaterThan(SETTLE_SECONDS);
        assertThat(figure(node, "records_total", "waiting", "warehouse")).isZero();
    }

    private static double figure(NodeProcess node, String name, String delivery, String destination)
            throws IOException, InterruptedException {
        return node.figure("millrace_delivery_" + name, Map.of("delivery", delivery, "destination", destination));
    }

    private static Connection connect(Connections.WarehouseAccess warehouse) throws SQLException {
        return DriverManager.getConnection(warehouse.jdbcUrl(), warehouse.user(), warehouse.password());
    }

    private static void execute(Connection warehouse, String sql) throws SQLException {
        try (Statement statement = warehouse.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The copy waits for a lock on its table when its client dies. */
    private static void killInTheMidstOfACopy(NodeProcess node, Connection warehouse) throws Exception {
        long pid = node.health().flinkPid();
        warehouse.setAutoCommit(false);
        execute(warehouse, "LOCK TABLE numbers IN ACCESS EXCLUSIVE MODE");
        Await.until(
                "a copy waits for the lock",
                DELIVERY_TIMEOUT,
                () -> count(warehouse, "pg_locks WHERE relation = 'numbers'::regclass AND NOT granted") > 0);
        node.killFlink(pid);
        warehouse.commit();
        warehouse.setAutoCommit(true);
    }

    /** The rows are there, and the checkpoint from which the job goes on says that they are to be loaded. */
    private static void killRightAfterACopy(NodeProcess node, Connection warehouse) throws Exception {
        awaitMore(warehouse);
        long pid = node.health().flinkPid();
        long before = count(warehouse, "numbers");
        while (count(warehouse, "numbers") == before) {
            Thread.onSpinWait(); // a pause would give the job the time for its next checkpoint
        }
        node.killFlink(pid);
    }

    private static void awaitMore(Connection warehouse) throws IOException, InterruptedException {
        long before = count(warehouse, "numbers");
        Await.until("more rows", DELIVERY_TIMEOUT, () -> count(warehouse, "numbers") > before);
    }

    private static long count(Connection warehouse, String table) throws IOException {
        try (Statement statement = warehouse.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + table)) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    private static Set<Long> ids(Connection warehouse, String table) throws IOException {
        try (Statement statement = warehouse.createStatement();
                ResultSet rows = statement.executeQuery("SELECT id FROM " + table)) {
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
