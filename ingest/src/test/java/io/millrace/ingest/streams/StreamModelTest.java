package io.millrace.ingest.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.durable.documents.DocumentStore;
import io.millrace.durable.memory.MemoryPlan;
import io.millrace.durable.time.ExpiryClock;
import io.millrace.durable.time.MovableClock;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.ReadArrays;
import io.millrace.ingest.log.StoredRecord;
import io.millrace.ingest.log.segment.EmbeddedShardLog;
import io.millrace.protocol.arn.Namespace;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Random operations on a stream and on a model of one that is nothing but lists: they always agree. */
@Timeout(60)
class StreamModelTest {
    private static final StreamKey KEY = new StreamKey(Namespace.DEFAULT, "modelled");
    private static final int STEPS = 150;
    private static final int ALL = 1_000_000;

    @TempDir
    Path directory;

    private final long seed = ThreadLocalRandom.current().nextLong();
    private final Random random = new Random(seed);
    private final MovableClock clock = new MovableClock();
    private final List<ModelShard> model = new ArrayList<>();
    private ManualTimer timer = new ManualTimer();
    private EmbeddedShardLog log;
    private Streams streams;
    private RecordStore records;
    private int counter;

    /** A shard as the model has it, in the place of its index. */
    private static final class ModelShard {
        private final HashKeyRange range;
        private final List<Integer> parents;
        private final List<ModelRecord> records = new ArrayList<>();
        private boolean open = true;

        ModelShard(HashKeyRange range, List<Integer> parents) {
            this.range = range;
            this.parents = parents;
        }
    }

    private record ModelRecord(String data, BigInteger number, long arrival) {}

    @AfterEach
    void close() throws IOException {
        timer.shutdownNow();
        log.close();
    }

    private void open() throws IOException {
        timer = new ManualTimer();
        log = EmbeddedShardLog.open(directory.resolve("log"), Durability.parse("os"), clock);
        streams = Streams.open(
                DocumentStore.open(directory.resolve("streams")),
                log,
                new Streams.Means(
                        new Streams.Clocks(clock, ExpiryClock.unkept(clock)),
                        timer,
                        Runnable::run,
                        MemoryPlan.ofThisProcess()),
                new Streams.Rules(Duration.ZERO, Limits.OFF));
        records = new RecordStore(streams, log, clock);
        timer.runAll();
    }

    @RepeatedTest(5)
    void theStreamDoesWhatTheModelDoes() throws Exception {
        open();
        streams.create(NewStream.provisioned(KEY, 2));
        timer.runAll();
        HashKeyRange.evenly(2).forEach(range -> model.add(new ModelShard(range, List.of())));
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(11)) {
                case 0 -> split();
                case 1 -> merge();
                case 2 -> scale();
                case 3 -> restartSometimes();
                case 4 -> clock.move(Duration.ofMillis(random.nextInt(3000)));
                case 5, 6, 7 -> put();
                default -> read();
            }
        }
        assertThat(counter).isPositive();
    }

    private String said(String what) {
        return "seed %d: %s".formatted(seed, what);
    }

    private HashKey anyKey() {
        return new HashKey(random.nextLong(), random.nextLong());
    }

    private void put() throws Exception {
        List<RecordSource.Single> singles = new ArrayList<>();
        for (int i = 1 + random.nextInt(20); i > 0; i--) {
            HashKey explicit = random.nextBoolean() ? anyKey() : null;
            singles.add(RecordSource.Single.of(
                    "k" + random.nextInt(50), explicit, ("d" + counter++).getBytes(StandardCharsets.UTF_8)));
        }
        Placement placement =
                records.put(streams.get(KEY), RecordSource.of(singles)).get();
        for (int i = 0; i < singles.size(); i++) {
            RecordSource.Single single = singles.get(i);
            HashKey explicit = single.explicitHashKey();
            HashKey hash = explicit != null ? explicit : HashKey.ofPartitionKey(single.key());
            int index = placement.shard(i).index();
            ModelShard shard = model.get(index);
            assertThat(shard.open && shard.range.contains(hash))
                    .as(said("place"))
                    .isTrue();
            BigInteger number = new BigInteger(placement.sequenceNumber(i));
            assertThat(newest(index)).as(said("number")).isLessThan(number);
            shard.records.add(new ModelRecord(
                    new String(single.data(), StandardCharsets.UTF_8), number, placement.arrivalEpochMillis(i)));
        }
    }

    /** Returns the largest number that a shard or one of its forebears has given. */
    private BigInteger newest(int index) {
        ModelShard shard = model.get(index);
        if (!shard.records.isEmpty()) {
            return shard.records.get(shard.records.size() - 1).number();
        }
        return shard.parents.stream()
                .map(this::newest)
                .max(Comparator.naturalOrder())
                .orElse(BigInteger.ZERO);
    }

    private List<ShardInfo> openShards() {
        return streams.get(KEY).openShards().stream()
                .sorted(Comparator.comparing(shard -> shard.range().start()))
                .toList();
    }

    private void split() {
        List<ShardInfo> open = openShards();
        ShardInfo shard = open.get(random.nextInt(open.size()));
        BigInteger width = shard.range()
                .end()
                .toBigInteger()
                .subtract(shard.range().start().toBigInteger());
        if (width.bitLength() > 100 && open.size() < 30) {
            BigInteger at = shard.range().start().toBigInteger().add(width.shiftRight(1 + random.nextInt(4)));
            reshard(stream -> stream.split(shard.id(), at.toString()));
            assertThat(streams.get(KEY)
                            .childrenOf(shard(shard.index()))
                            .get(1)
                            .range()
                            .start()
                            .toBigInteger())
                    .isEqualTo(at);
        }
    }

    private void merge() {
        List<ShardInfo> open = openShards();
        if (open.size() > 1) {
            int left = random.nextInt(open.size() - 1);
            reshard(stream ->
                    stream.merge(open.get(left).id(), open.get(left + 1).id()));
            assertThat(streams.get(KEY).childrenOf(shard(open.get(left).index())))
                    .hasSize(1);
        }
    }

    private void scale() {
        int open = openShards().size();
        int target = Math.min(30, (open + 1) / 2 + random.nextInt(open + 1));
        reshard(stream -> stream.scaleTo(target));
        assertThat(openShards()).as(said("scaled")).hasSize(target);
    }

    private ShardInfo shard(int index) {
        return streams.get(KEY).shard(ShardInfo.idOf(index));
    }

    private void reshard(Function<Stream, Resharding> plan) {
        new StreamSettings(streams).reshard(KEY, plan);
        restartSometimes(); // which finishes what was under way
        timer.runAll();
        assertThat(streams.get(KEY).status()).isEqualTo(StreamStatus.ACTIVE);
        for (ShardInfo shard : streams.get(KEY)
                .shards()
                .subList(model.size(), streams.get(KEY).shards().size())) {
            List<Integer> parents = new ArrayList<>();
            for (Integer parent : Arrays.asList(shard.parentIndex(), shard.adjacentParentIndex())) {
                if (parent != null) {
                    parents.add(parent);
                    model.get(parent).open = false;
                }
            }
            assertThat(parents).as(said("lineage")).isNotEmpty();
            model.add(new ModelShard(shard.range(), parents));
        }
        for (int i = 0; i < model.size(); i++) {
            ShardInfo.Closing closing = shard(i).closing();
            assertThat(closing == null).as(said("open")).isEqualTo(model.get(i).open);
            if (closing != null) {
                assertThat(closing.endOffset())
                        .as(said("end"))
                        .isEqualTo(model.get(i).records.size());
            }
        }
        HashKey next = HashKey.MIN;
        for (ShardInfo open : openShards()) {
            assertThat(open.range().start()).as(said("cover")).isEqualTo(next);
            next = open.range().end().equals(HashKey.MAX)
                    ? next
                    : HashKey.of(open.range().end().toBigInteger().add(BigInteger.ONE));
        }
    }

    private void read() throws IOException {
        int index = random.nextInt(model.size());
        ModelShard expected = model.get(index);
        ShardInfo shard = shard(index);
        int at = expected.records.isEmpty() ? 0 : random.nextInt(expected.records.size());
        int from;
        StartPosition position;
        switch (random.nextInt(expected.records.isEmpty() ? 2 : 5)) {
            case 0 -> {
                from = 0;
                position = new StartPosition(StartPosition.Type.TRIM_HORIZON, null, null);
            }
            case 1 -> {
                from = expected.records.size();
                position = new StartPosition(StartPosition.Type.LATEST, null, null);
            }
            case 2 -> {
                from = at;
                position = new StartPosition(StartPosition.Type.AT_SEQUENCE_NUMBER, numberAt(expected, at), null);
            }
            case 3 -> {
                from = at + 1;
                position = new StartPosition(StartPosition.Type.AFTER_SEQUENCE_NUMBER, numberAt(expected, at), null);
            }
            default -> {
                long time = expected.records.get(at).arrival();
                from = 0;
                while (expected.records.get(from).arrival() < time) {
                    from++;
                }
                position = new StartPosition(StartPosition.Type.AT_TIMESTAMP, null, time);
            }
        }
        long offset = records.resolve(streams.get(KEY), shard, position);
        RecordStore.Batch batch = records.read(shard, offset, ALL, ALL, ReadArrays.NEW);
        assertThat(batch.records().stream().map(StreamModelTest::text))
                .as(said("read " + position))
                .containsExactlyElementsOf(expected.records.subList(from, expected.records.size()).stream()
                        .map(ModelRecord::data)
                        .toList());
        assertThat(shard.endsAt(batch.nextOffset())).as(said("end of shard")).isEqualTo(!expected.open);
    }

    private static String numberAt(ModelShard shard, int at) {
        return shard.records.get(at).number().toString();
    }

    private static String text(StoredRecord record) {
        return new String(record.data(), StandardCharsets.UTF_8);
    }

    private void restartSometimes() {
        if (random.nextInt(10) == 0) {
            try {
                close();
                open();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
