package io.millrace.ingest.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.durable.time.MovableClock;
import io.millrace.ingest.log.Appended;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.NewRecord;
import io.millrace.ingest.log.ShardBatch;
import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.log.StoredRecord;
import io.millrace.ingest.log.segment.EmbeddedShardLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The clock of a log jumps back and forth by seconds, minutes and days. */
@Timeout(1800)
class ClockJumpTest {
    private static final int SHARDS = 2;
    private static final int STEPS = 150;
    private static final int LARGEST_BYTES = 60_000;
    private static final long DAY_MILLIS = 86_400_000;

    @TempDir
    Path temporary;

    @Test
    void arrivalTimesAndWhatFollowsFromThemHoldWhateverTheClockDoes() throws Exception {
        int runs = Experiment.count(3, 100);
        for (int run = 0; run < runs; run++) {
            long seed = Experiment.seed() + run;
            Path directory = Files.createDirectories(temporary.resolve("log-" + run));
            new Jumps(directory, seed).run();
            Trees.delete(directory);
            Experiment.print("clock jumps: %d of %d runs (seed %d)".formatted(run + 1, runs, seed));
        }
    }

    private static final class Jumps {
        private final Path directory;
        private final String name;
        private final Random random;
        private final Checker checker;
        private final MovableClock clock = new MovableClock();
        private final int[] counters = new int[SHARDS];
        private ShardLog log;

        Jumps(Path directory, long seed) throws IOException {
            this.directory = directory;
            this.name = "clock jumps, seed " + seed;
            this.random = new Random(seed);
            this.checker = Checker.of(name);
            this.log = open();
        }

        void run() throws Exception {
            for (int step = 0; step < STEPS; step++) {
                checker.cycle(Integer.toString(step));
                clock.move(jump());
                append(random.nextInt(SHARDS));
                if (step % 15 == 14) {
                    check();
                }
                if (random.nextInt(40) == 0) {
                    trim(random.nextInt(SHARDS));
                }
                if (random.nextInt(30) == 0) {
                    log.close();
                    log = open();
                    check();
                }
            }
            log.close();
        }

        private ShardLog open() throws IOException {
            return EmbeddedShardLog.open(directory, new Durability.OperatingSystem(), clock);
        }

        private Duration jump() {
            int by = random.nextInt(200) - 100;
            return switch (random.nextInt(5)) {
                case 0 -> Duration.ofSeconds(by);
                case 1 -> Duration.ofMinutes(by);
                case 2 -> Duration.ofDays(by / 20);
                case 3 -> Duration.ofMillis(Math.abs(by));
                default -> Duration.ZERO;
            };
        }

        private void append(int shard) throws Exception {
            int[] lengths = new int[1 + random.nextInt(5)];
            long firstId = Payload.id(shard, counters[shard]);
            List<NewRecord> records = new ArrayList<>();
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = Payload.MIN_BYTES + random.nextInt(LARGEST_BYTES);
                records.add(Payload.record(shard, Payload.id(shard, counters[shard]++), lengths[i]));
            }
            checker.sent(shard, firstId, lengths);
            Appended placed =
                    log.append(List.of(new ShardBatch(shard, records))).get().get(0);
            checker.acked(shard, firstId, lengths.length, placed.firstOffset(), placed.arrivalEpochMillis());
        }

        private void check() throws IOException {
            Reading.of(log, SHARDS, checker);
            checker.assertClean();
            for (int shard = 0; shard < SHARDS; shard++) {
                List<StoredRecord> all = readAll(shard);
                for (int i = 0; i < 20; i++) {
                    long time = someTime(all);
                    assertThat(log.offsetAtTime(shard, time))
                            .as("%s: offset of shard %d at %d", name, shard, time)
                            .isEqualTo(firstFrom(all, time, log.endOffset(shard)));
                }
            }
        }

        /** A time that a record has, one beside it, or any. */
        private long someTime(List<StoredRecord> all) {
            long base = all.isEmpty()
                    ? clock.millis()
                    : all.get(random.nextInt(all.size())).arrivalEpochMillis();
            return switch (random.nextInt(4)) {
                case 0 -> base;
                case 1 -> base + 1;
                case 2 -> base - 1;
                default -> base + random.nextLong(-DAY_MILLIS, DAY_MILLIS);
            };
        }

        private void trim(int shard) throws IOException {
            List<StoredRecord> all = readAll(shard);
            if (all.isEmpty()) {
                return;
            }
            long limit = all.get(random.nextInt((all.size() + 2) / 3)).arrivalEpochMillis() + random.nextInt(2);
            checker.trimmed(shard, limit);
            log.trim(shard, limit);
            assertThat(log.firstOffset(shard))
                    .as("%s: first offset of shard %d after a trim before %d", name, shard, limit)
                    .isLessThanOrEqualTo(firstFrom(all, limit, log.endOffset(shard)));
            check();
        }

        private static long firstFrom(List<StoredRecord> all, long time, long end) {
            return all.stream()
                    .filter(record -> record.arrivalEpochMillis() >= time)
                    .mapToLong(StoredRecord::offset)
                    .findFirst()
                    .orElse(end);
        }

        private List<StoredRecord> readAll(int shard) throws IOException {
            return log.read(shard, 0, Integer.MAX_VALUE, Long.MAX_VALUE);
        }
    }
}
