package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.storage.ObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/**
 * More small records than the heap of Flink could hold as objects, buffered by one delivery while another one works.
 */
@Timeout(420)
class DeliveryMemoryIT {
    private static final long RECORDS = 1_500_000;
    private static final int CALL_RECORDS = 500;
    private static final int PRODUCERS = 3;
    private static final Duration TIMEOUT = Duration.ofMinutes(4);

    @TempDir
    Path directory;

    @Test
    void buffersOfTheLargestHintDoNotEndTheClusterAndOtherDeliveriesGoOn() throws Exception {
        try (NodeProcess node = NodeProcess.start(directory.resolve("data"), "--no-warehouse")
                        .awaitReady();
                ObjectStore store = node.store();
                KinesisClient kinesis = node.aws().kinesis();
                FirehoseClient firehose = node.aws().firehose();
                GlueClient glue = node.aws().glue()) {
            store.ensureBucket(Deliveries.BUCKET);
            long flink = node.health().flinkPid();
            String arn = Aws.createStream(kinesis, "numbers", 1 + PRODUCERS);
            Deliveries.parquet(firehose, glue, "big", arn, 128, 60);
            Deliveries.plain(firehose, "small");
            DeliveredObjects small = new DeliveredObjects(store, Deliveries.BUCKET, "small/", directory);
            DeliveredObjects big = new DeliveredObjects(store, Deliveries.BUCKET, "big/", directory);
            try (Numbers others = new Numbers("small", 10, Deliveries.into(firehose, "small"))) {
                putAll(kinesis);
                Await.until("the buffered records", TIMEOUT, () -> big.counts().size() == RECORDS);
                assertThat(big.counts().values()).as("each record once").containsOnly(1L);
                assertThat(others.acknowledged()).isNotEmpty();
            }
            Await.until(
                    "the records of the other delivery",
                    TIMEOUT,
                    () -> small.counts().size() > 10);
            assertThat(node.health().flinkPid()).as("the process of Flink").isEqualTo(flink);
        }
    }

    private static void putAll(KinesisClient kinesis) throws Exception {
        ExecutorService producers = Executors.newFixedThreadPool(PRODUCERS);
        try {
            List<Future<?>> puts = new ArrayList<>();
            for (int producer = 0; producer < PRODUCERS; producer++) {
                long first = producer * RECORDS / PRODUCERS;
                long end = (producer + 1) * RECORDS / PRODUCERS;
                puts.add(producers.submit(() -> putRange(kinesis, first, end)));
            }
            for (Future<?> put : puts) {
                put.get();
            }
        } finally {
            producers.shutdownNow();
        }
    }

    private static Void putRange(KinesisClient kinesis, long first, long end) {
        Numbers.Put put = Deliveries.intoPadded(kinesis, "numbers");
        List<Long> left = List.of();
        for (long next = first; next < end || !left.isEmpty(); ) {
            List<Long> numbers = new ArrayList<>(left);
            long until = Math.min(end, next + CALL_RECORDS - numbers.size());
            LongStream.range(next, until).forEach(numbers::add);
            next = until;
            List<Long> acknowledged = put.put(numbers);
            numbers.removeAll(new HashSet<>(acknowledged)); // throttled ones are put again
            left = numbers;
        }
        return null;
    }
}
