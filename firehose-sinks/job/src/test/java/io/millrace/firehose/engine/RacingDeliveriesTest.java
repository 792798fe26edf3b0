package io.millrace.firehose.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.firehose.buffer.EncodingMemory;
import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.DeliverySpec;
import io.millrace.firehose.delivery.Positions;
import io.millrace.firehose.format.RecordEncoder;
import io.millrace.firehose.ledger.Ledger;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Two jobs of one delivery at the same time, with other batch boundaries, killed between any two steps. */
@Timeout(60)
class RacingDeliveriesTest {
    private static final int RECORDS = 60;
    private static final int STEPS = 60_000;

    @TempDir
    static Path scratch;

    static LongStream seeds() {
        return LongStream.concat(
                LongStream.range(0, 200), ThreadLocalRandom.current().longs(10));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void eachRecordIsVisibleOnceAndLoadedOnce(long seed) throws Exception {
        Random random = new Random(seed);
        World world = new World();
        Turns turns = new Turns(random, 12);
        for (int i = 0; i < 2; i++) {
            turns.add(job -> new Delivery(world, job, random).run());
        }
        boolean done = turns.run(STEPS, () -> {
            if (random.nextInt(4) == 0) {
                world.abortUploads();
            }
        });

        assertThat(done).as("all delivered in time").isTrue();
        assertThat(world.delivered()).as("objects").isEqualTo(world.records());
        assertThat(world.rows.stream().sorted().toList()).as("rows").isEqualTo(world.records());
        assertThat(world.versionCount()).as("versions kept").isLessThan(20);
        long bytes = world.records().stream().mapToLong(String::length).sum();
        for (String destination : List.of("objects", "warehouse")) {
            JsonNode counted = world.ledger().get("totals").get(destination);
            assertThat(counted.get("records").asLong())
                    .as(destination)
                    .isEqualTo(world.records().size());
            assertThat(counted.get("bytes").asLong()).as(destination).isEqualTo(bytes);
        }
    }

    private static DeliverySpec spec(long maxBytes) {
        return new DeliverySpec(
                "orders",
                "arn:orders",
                "1",
                new DeliverySpec.Source("arn:source", null, "us-east-1", 0, null),
                new DeliverySpec.ObjectTarget(
                        "s3://lake",
                        "",
                        null,
                        "UTC",
                        maxBytes,
                        1,
                        DeliverySpec.Compression.NONE,
                        null,
                        "\n",
                        List.of()),
                new DeliverySpec.WarehouseTarget("jdbc:postgresql:x", "u", "p", "t", "", "", 1000));
    }

    /** One run of a job's process: reads from the ledger on, until it is killed, fails, or all is delivered. */
    private static final class Delivery {
        private final World world;
        private final Turns.Job job;
        private final Random random;
        private final Map<String, Integer> next = new HashMap<>();
        private final List<String> shards = List.of("shard-0", "shard-1", "shard-2");

        Delivery(World world, Turns.Job job, Random random) {
            this.world = world;
            this.job = job;
            this.random = random;
        }

        boolean run() throws IOException {
            Ledger read = ledger();
            Ledger ledger = ledger();
            ObjectUploads uploads = world.uploadsFor(job);
            DeliverySpec spec = spec(1 + random.nextInt(120));
            DeliveryEngine.Parts parts = new DeliveryEngine.Parts(
                    ledger, uploads, scratch, EncodingMemory.ofProcess(), () -> 5_000, new Deaf());
            try (DeliveryEngine engine = new DeliveryEngine(spec, parts)) {
                if (random.nextBoolean()) {
                    engine.start();
                    read.refresh();
                } else {
                    read.refresh();
                    engine.start();
                }
                begin(engine, read.positions());
                WarehouseCopies copies =
                        new WarehouseCopies(spec, ledger, uploads, world.warehouseFor(job), () -> 5_000);
                return work(engine, ledger, copies);
            }
        }

        private Ledger ledger() {
            return new Ledger(world.versionsFor(job), "stream", () -> Long.toHexString(random.nextLong()));
        }

        /** As the source does: the word for each shard, and the place behind the ledger's position. */
        private void begin(DeliveryEngine engine, Map<String, String> positions) throws IOException {
            for (String shard : shards) {
                String after = positions.getOrDefault(shard, Positions.NONE);
                engine.accept(DeliveryRecord.start(shard, after));
                List<DeliveryRecord> records = world.log.getOrDefault(shard, List.of());
                int index = 0;
                while (index < records.size()
                        && Positions.compare(
                                        Positions.sequenceNumber(
                                                records.get(index).sequenceNumber()),
                                        Positions.sequenceNumber(after))
                                < 0) {
                    index++; // an aggregate is read again from its first record
                }
                next.put(shard, index);
            }
        }

        private boolean work(DeliveryEngine engine, Ledger ledger, WarehouseCopies copies) throws IOException {
            while (true) {
                if (world.log.values().stream().mapToInt(List::size).sum() < RECORDS) {
                    world.append(shards.get(random.nextInt(shards.size())), random.nextInt(5) == 0 ? 3 : 1);
                }
                boolean read = readOne(engine);
                if (random.nextInt(15) == 0 || !read) {
                    engine.seal();
                }
                if (random.nextInt(10) == 0 || !read) {
                    copies.step();
                }
                if (!read && isDone(engine, ledger)) {
                    return true;
                }
                job.step();
            }
        }

        private boolean readOne(DeliveryEngine engine) throws IOException {
            List<String> withMore = new ArrayList<>();
            for (String shard : shards) {
                if (next.get(shard) < world.log.getOrDefault(shard, List.of()).size()) {
                    withMore.add(shard);
                }
            }
            if (withMore.isEmpty()) {
                return false;
            }
            String shard = withMore.get(random.nextInt(withMore.size()));
            int index = next.merge(shard, 1, Integer::sum) - 1;
            if (engine.accept(world.log.get(shard).get(index))) {
                engine.seal();
            }
            return true;
        }

        private boolean isDone(DeliveryEngine engine, Ledger ledger) throws IOException {
            ledger.refresh();
            return world.records().size() >= RECORDS
                    && engine.isEmpty()
                    && ledger.settle(world.uploadsFor(job))
                    && ledger.copies().isEmpty();
        }
    }

    private static final class Deaf implements DeliveryListener {
        @Override
        public void delivered(long records, long bytes, long oldestEpochMillis) {}

        @Override
        public void rejected(RecordEncoder.Rejected rejected) {}

        @Override
        public void repeated() {}
    }
}
