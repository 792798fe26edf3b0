package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.storage.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** Kills Flink, and then the whole node, while records are delivered to objects. */
@Timeout(300)
class DeliveryKillIT {
    private static final Duration DELIVERY_TIMEOUT = Duration.ofSeconds(60);
    private static final int FLINK_KILLS = 3;
    private static final int LONGEST_WAIT_MILLIS = 2_500;

    /** Longer than a buffer, a checkpoint and a commit take: what was delivered twice would be there by then. */
    private static final int SETTLE_SECONDS = 5;

    @TempDir
    Path directory;

    @Test
    void whateverIsKilledEveryAcknowledgedRecordIsInTheVisibleObjectsExactlyOnce() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        NodeProcess node =
                NodeProcess.start(directory.resolve("data"), "--no-warehouse").awaitReady();
        try (ObjectStore store = node.store();
                KinesisClient kinesis = node.aws().kinesis();
                FirehoseClient firehose = node.aws().firehose();
                GlueClient glue = node.aws().glue()) {
            store.ensureBucket(Deliveries.BUCKET);
            Deliveries.plain(firehose, "plain");
            Deliveries.parquet(firehose, glue, "typed", Aws.createStream(kinesis, "numbers", 2));
            DeliveredObjects plain = new DeliveredObjects(store, Deliveries.BUCKET, "plain/", directory);
            DeliveredObjects typed = new DeliveredObjects(store, Deliveries.BUCKET, "typed/", directory);
            Numbers direct = new Numbers("direct", 10, Deliveries.into(firehose, "plain"));
            Numbers streamed = new Numbers("streamed", 10, Deliveries.into(kinesis, "numbers"));
            try (direct;
                    streamed) {
                for (int kill = 0; kill < FLINK_KILLS; kill++) {
                    awaitMore(plain, typed);
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_WAIT_MILLIS));
                    node.killFlink(node.health().flinkPid());
                }
                awaitMore(plain, typed);
                TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_WAIT_MILLIS));
                node.kill();
                node = node.again().awaitReady();
                awaitMore(plain, typed);
            }
            awaitAll(plain, direct.acknowledged());
            awaitAll(typed, streamed.acknowledged());
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);

            assertEachOnce("seed " + seed + ", plain", plain.counts(), direct);
            assertEachOnce("seed " + seed + ", typed", typed.counts(), streamed);
            assertThat(store.list(Deliveries.BUCKET, "errors/")).isEmpty();
            assertThatTheQueryCommandCounts(node, typed.counts().size());
        } finally {
            node.close();
        }
    }

    /** Waits for two more objects of each: the jobs are at work, and the next is in the making. */
    private static void awaitMore(DeliveredObjects... deliveries) throws IOException, InterruptedException {
        for (DeliveredObjects delivery : deliveries) {
            int before = delivery.objects();
            Await.until("two more objects", DELIVERY_TIMEOUT, () -> {
                delivery.counts();
                return delivery.objects() >= before + 2;
            });
        }
    }

    private static void awaitAll(DeliveredObjects delivered, Set<Long> numbers)
            throws IOException, InterruptedException {
        Await.until(
                "every acknowledged record is delivered",
                DELIVERY_TIMEOUT,
                () -> delivered.counts().keySet().containsAll(numbers));
    }

    private static void assertEachOnce(String name, Map<Long, Long> found, Numbers written) {
        Map<Long, Long> expected = new TreeMap<>();
        written.acknowledged().forEach(number -> expected.put(number, 1L));
        long unanswered = written.tried() - expected.size();
        found.forEach((number, count) -> {
            if (number < written.tried() && !expected.containsKey(number)) {
                expected.put(number, 1L); // stored, though its call was not answered any more
            }
        });
        assertThat(found).as(name).isEqualTo(expected);
        assertThat(unanswered).as("records of unanswered calls").isLessThan(expected.size());
    }

    private static void assertThatTheQueryCommandCounts(NodeProcess node, int records) throws Exception {
        Cli query = Cli.run(
                "query",
                "--data-dir",
                node.directory().toString(),
                "SELECT count(*) || ' rows, ' || count(DISTINCT id) || ' ids' FROM 's3://lake/typed/**/*.parquet'");
        assertThat(query.err()).isEmpty();
        assertThat(query.exit()).isZero();
        assertThat(query.out()).contains("%d rows, %d ids".formatted(records, records));
    }
}
