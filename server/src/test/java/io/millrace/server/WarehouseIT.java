package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.storage.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
                Connection warehouse = WarehouseTable.connect(node.connections().warehouse())) {
            store.ensureBucket(Deliveries.BUCKET);
            WarehouseTable numbers = WarehouseTable.create(warehouse, "numbers");
            Deliveries.warehouse(firehose, "loaded", node.connections().warehouse(), "numbers");
            Deliveries.warehouse(firehose, "waiting", node.connections().warehouse(), "later");
            Numbers loaded = new Numbers("loaded", 10, Deliveries.into(firehose, "loaded"));
            try (loaded) {
                Deliveries.into(firehose, "waiting").put(List.of(1L, 2L, 3L));
                awaitMore(numbers);
                killInTheMidstOfACopy(node, warehouse);
                killRightAfterACopy(node, numbers);
                awaitMore(numbers);
            }
            Await.until(
                    "every acknowledged row is loaded",
                    DELIVERY_TIMEOUT,
                    () -> numbers.ids().containsAll(loaded.acknowledged()));
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            assertThat(numbers.ids()).isEqualTo(new TreeSet<>(loaded.acknowledged()));
            assertThat(numbers.rows())
                    .as("rows and distinct rows")
                    .isEqualTo(loaded.acknowledged().size())
                    .isEqualTo(loaded.tried());

            assertThatTheWaitingDeliveryIsBehindInTheWarehouseOnly(node);

            WarehouseTable later = WarehouseTable.create(warehouse, "later");
            Await.until("the copy is tried again", DELIVERY_TIMEOUT, () -> later.rows() >= 3);
            assertThat(later.ids()).containsExactly(1L, 2L, 3L);
            assertThat(later.rows()).isEqualTo(3);
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

    /** The copy waits for a lock on its table when its client dies. */
    private static void killInTheMidstOfACopy(NodeProcess node, Connection warehouse) throws Exception {
        long pid = node.health().flinkPid();
        warehouse.setAutoCommit(false);
        WarehouseTable.execute(warehouse, "LOCK TABLE numbers IN ACCESS EXCLUSIVE MODE");
        Await.until(
                "a copy waits for the lock",
                DELIVERY_TIMEOUT,
                () -> WarehouseTable.count(warehouse, "pg_locks WHERE relation = 'numbers'::regclass AND NOT granted")
                        > 0);
        node.killFlink(pid);
        warehouse.commit();
        warehouse.setAutoCommit(true);
    }

    /** The rows are there, and the checkpoint from which the job goes on says that they are to be loaded. */
    private static void killRightAfterACopy(NodeProcess node, WarehouseTable numbers) throws Exception {
        awaitMore(numbers);
        long pid = node.health().flinkPid();
        long before = numbers.rows();
        while (numbers.rows() == before) {
            Thread.onSpinWait(); // a pause would give the job the time for its next checkpoint
        }
        node.killFlink(pid);
    }

    private static void awaitMore(WarehouseTable numbers) throws IOException, InterruptedException {
        long before = numbers.rows();
        Await.until("more rows", DELIVERY_TIMEOUT, () -> numbers.rows() > before);
    }
}
