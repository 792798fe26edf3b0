package io.millrace.ingest.streams;

import static io.millrace.ingest.log.ShardLogContract.batch;
import static io.millrace.ingest.log.ShardLogContract.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentStore;
import io.millrace.durable.memory.MemoryPlan;
import io.millrace.durable.time.ExpiryClock;
import io.millrace.durable.time.MovableClock;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.segment.EmbeddedShardLog;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The states of streams and consumers; delayed changes happen when the test says so. */
@Timeout(20)
class StreamsTest {
    private static final int ALL = Integer.MAX_VALUE;
    private static final Streams.Rules RULES = new Streams.Rules(Duration.ofMillis(50), Limits.AWS);
    private static final StreamKey ORDERS = new StreamKey(Namespace.DEFAULT, "orders");

    @TempDir
    Path directory;

    private final MovableClock clock = new MovableClock();
    private ManualTimer timer;
    private EmbeddedShardLog log;
    private Streams streams;
    private Consumers consumers;

    @BeforeEach
    void open() throws IOException {
        timer = new ManualTimer();
        log = EmbeddedShardLog.open(directory.resolve("log"), new Durability.Fsync(), clock);
        Streams.Clocks clocks = new Streams.Clocks(clock, ExpiryClock.unkept(clock));
        streams = Streams.open(
                DocumentStore.open(directory.resolve("streams")),
                log,
                new Streams.Means(clocks, timer, Runnable::run, MemoryPlan.ofThisProcess()),
                RULES);
        consumers = new Consumers(streams, clock);
    }

    @AfterEach
    void close() throws IOException {
        timer.shutdownNow();
        log.close();
    }

    @Test
    void aStreamIsCreatingThenActiveThenDeletingThenGone() {
        assertThat(create(ORDERS, 2).status()).isEqualTo(StreamStatus.CREATING);
        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.CREATING);
        timer.runNext();
        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.ACTIVE);
        assertRefused(() -> create(ORDERS, 1), "ResourceInUseException");

        streams.delete(ORDERS, false);
        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.DELETING);
        assertRefused(() -> create(ORDERS, 1), "ResourceInUseException");
        timer.runNext();
        assertRefused(() -> streams.get(ORDERS), "ResourceNotFoundException");
        assertRefused(() -> streams.delete(ORDERS, false), "ResourceNotFoundException");
    }

    @Test
    void aStreamDeletedWhileItIsCreatingStaysDeleted() {
        create(ORDERS, 1);
        streams.delete(ORDERS, false);
        timer.runNext(); // of the creation
        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.DELETING);
        timer.runNext();
        assertThat(streams.find(ORDERS)).isEmpty();
    }

    @Test
    void aStreamDeletedTwiceAndMadeAnewIsNotDeletedAgain() {
        create(ORDERS, 1);
        timer.runNext();
        streams.delete(ORDERS, false);
        streams.delete(ORDERS, false);
        timer.runNext();
        create(ORDERS, 1);
        timer.runAll();

        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.ACTIVE);
    }

    @Test
    void deletionRemovesTheRecordsAndItsShardsNumbersAreNotUsedAgain() throws Exception {
        long first = create(ORDERS, 2).shards().get(0).logNumber();
        timer.runNext();
        log.append(List.of(batch(first, "old"))).get();
        streams.delete(ORDERS, false);
        timer.runNext();
        assertThat(log.read(first, 0, ALL, ALL)).isEmpty();

        reopen();
        assertThat(create(ORDERS, 2).shards().stream().map(ShardInfo::logNumber))
                .containsExactly(first + 2, first + 3);
    }

    @Test
    void whatWasUnderWayIsFinishedByARestart() throws Exception {
        StreamKey deleted = new StreamKey(Namespace.DEFAULT, "deleted");
        Stream gone = create(deleted, 1);
        Stream kept = create(ORDERS, 1);
        log.append(List.of(
                        batch(gone.shards().get(0).logNumber(), "gone"),
                        batch(kept.shards().get(0).logNumber(), "kept")))
                .get();
        streams.delete(deleted, false);

        reopen();

        assertThat(streams.find(deleted)).isEmpty();
        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.ACTIVE);
        assertThat(log.read(gone.shards().get(0).logNumber(), 0, ALL, ALL)).isEmpty();
        assertThat(texts(log.read(kept.shards().get(0).logNumber(), 0, ALL, ALL)))
                .containsExactly("kept");
        reopen();
        assertThat(streams.find(deleted)).isEmpty();
    }

    @Test
    void everythingAStreamIsSurvivesARestart() throws Exception {
        StreamKey elsewhere = new StreamKey(new Namespace("123456789012", "eu-west-1"), "a.b_c-D");
        streams.create(
                new NewStream(elsewhere, 4, true, Distribution.USER_PARTITION_KEY, 1024, null, Map.of("a", "b")));
        create(ORDERS, 3);
        timer.runAll();
        consumers.register(ORDERS, "watcher", Map.of());
        timer.runAll();
        Stream orders = streams.get(ORDERS);
        Stream other = streams.get(elsewhere);
        assertThat(other.shards()).hasSize(4);

        reopen();

        assertThat(streams.get(ORDERS)).isEqualTo(orders);
        assertThat(streams.get(elsewhere)).isEqualTo(other);
        assertThat(streams.list(Namespace.DEFAULT)).containsExactly(orders);
    }

    @Test
    void aConsumerIsCreatingThenActiveThenDeletingThenGoneAlsoAcrossARestart() throws Exception {
        create(ORDERS, 1);
        assertRefused(() -> consumers.register(ORDERS, "early", Map.of()), "ResourceInUseException");
        timer.runNext();
        assertThat(consumers.register(ORDERS, "watcher", Map.of()).status()).isEqualTo(StreamConsumer.Status.CREATING);
        assertRefused(() -> consumers.register(ORDERS, "watcher", Map.of()), "ResourceInUseException");
        assertRefused(() -> streams.delete(ORDERS, false), "ResourceInUseException");
        reopen();
        assertThat(consumer().status()).isEqualTo(StreamConsumer.Status.ACTIVE);

        consumers.deregister(ORDERS, "watcher");
        assertThat(consumer().status()).isEqualTo(StreamConsumer.Status.DELETING);
        reopen();
        assertThat(streams.get(ORDERS).consumers()).isEmpty();
    }

    @Test
    void aConsumerDeregisteredTwiceAndRegisteredAnewStays() {
        create(ORDERS, 1);
        timer.runNext();
        consumers.register(ORDERS, "watcher", Map.of());
        timer.runNext();
        consumers.deregister(ORDERS, "watcher");
        consumers.deregister(ORDERS, "watcher");
        timer.runNext();
        clock.move(Duration.ofSeconds(1));
        consumers.register(ORDERS, "watcher", Map.of());
        timer.runAll();

        assertThat(consumer().status()).isEqualTo(StreamConsumer.Status.ACTIVE);
    }

    @Test
    void aStreamTakesTwentyConsumers() {
        create(ORDERS, 1);
        timer.runNext();
        for (int i = 0; i < 20; i++) {
            consumers.register(ORDERS, "c" + i, Map.of());
            timer.runNext(); // only five may be CREATING
        }
        assertRefused(() -> consumers.register(ORDERS, "c20", Map.of()), "LimitExceededException");
    }

    @Test
    void aChangeOfStateThatCannotBeWrittenIsTriedAgain() throws IOException {
        create(ORDERS, 1);
        Path inTheWay = blockWriting(ORDERS);
        timer.runNext();
        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.CREATING);

        unblock(inTheWay);
        timer.runNext();
        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.ACTIVE);
    }

    @Test
    void aConsumerThatWasLeavingWhileItsStreamWasUpdatingIsGoneAfterARestart() throws IOException {
        create(ORDERS, 1);
        timer.runNext();
        consumers.register(ORDERS, "watcher", Map.of());
        timer.runAll();
        new StreamSettings(streams).setMaxRecordSize(ORDERS, 2048);
        consumers.deregister(ORDERS, "watcher");
        assertThat(streams.get(ORDERS).status()).isEqualTo(StreamStatus.UPDATING);

        reopen();

        assertThat(streams.get(ORDERS).consumers()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 9})
    void aClosedShardEndsWhereItsLogDoes(int describedEnd) throws Exception {
        create(ORDERS, 1);
        timer.runNext();
        long number = streams.get(ORDERS).shards().get(0).logNumber();
        log.append(List.of(batch(number, "a", "b", "c"))).get();
        splitFirst();
        assertThat(endOfFirst()).isEqualTo(3);
        streams.change(ORDERS, stream -> {
            List<ShardInfo> shards = new ArrayList<>(stream.shards());
            shards.set(0, shards.get(0).closed(describedEnd, clock.millis()));
            return stream.with(draft -> draft.shards = shards);
        });

        reopen();

        assertThat(endOfFirst()).isEqualTo(3);
    }

    @Test
    void numbersInTheLogAreGivenOnceThoughManyAskAtOnceOrTheCounterIsLost() throws Exception {
        int threads = 8;
        int times = 25;
        ExecutorService many = Executors.newFixedThreadPool(threads);
        List<Future<List<Long>>> reserving = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            reserving.add(many.submit(() -> LongStream.range(0, times)
                    .map(time -> streams.reserveLogNumbers(2))
                    .boxed()
                    .toList()));
        }
        Set<Long> reserved = new HashSet<>();
        for (Future<List<Long>> some : reserving) {
            reserved.addAll(some.get());
        }
        many.shutdown();
        assertThat(reserved).hasSize(threads * times).allMatch(number -> number % 2 == 0);

        long last = create(ORDERS, 3).shards().get(2).logNumber();
        Files.delete(directory.resolve("streams/next-log-number.json"));
        reopen();
        assertThat(streams.reserveLogNumbers(1)).isEqualTo(last + 1);
    }

    @Test
    void whatCannotBeForgottenYetEndsNoSweep() throws Exception {
        create(ORDERS, 1);
        timer.runNext();
        splitFirst();
        clock.move(Duration.ofHours(25));
        reopen(); // this clock is kept nowhere and believes a jump at a start only
        Path inTheWay = blockWriting(ORDERS);
        streams.expireNow();
        assertThat(streams.get(ORDERS).shards()).hasSize(3);

        unblock(inTheWay);
        streams.expireNow();
        assertThat(streams.get(ORDERS).shards()).hasSize(2);
    }

    @Test
    void aDamagedDescriptionLosesNoRecordsAndKeepsNoOtherStreamFromBeingServed() throws Exception {
        StreamKey others = new StreamKey(Namespace.DEFAULT, "others");
        long shard = create(ORDERS, 1).shards().get(0).logNumber();
        create(others, 1);
        timer.runNext();
        timer.runNext();
        log.append(List.of(batch(shard, "kept"))).get();
        Path document = directory.resolve("streams/000000000000.us-east-1.orders.json");
        byte[] whole = Files.readAllBytes(document);
        Files.write(document, Arrays.copyOf(whole, whole.length / 2));
        reopen();

        assertThat(streams.get(others).status()).isEqualTo(StreamStatus.ACTIVE);
        assertThat(streams.damaged()).extracting(DamagedDocument::file).containsExactly(document);
        assertRefused(() -> streams.get(ORDERS), "InternalFailure");
        assertRefused(() -> create(ORDERS, 1), "InternalFailure");
        assertThat(streams.reserveLogNumbers(1)).isGreaterThan(shard);
        streams.delete(others, false);
        timer.runNext(); // which removes from the log what belongs to no stream
        assertThat(log.endOffset(shard)).isEqualTo(1);

        Files.write(document, whole);
        reopen();
        assertThat(streams.get(ORDERS).shards().get(0).logNumber()).isEqualTo(shard);
        assertThat(log.endOffset(shard)).isEqualTo(1);
    }

    @Test
    void limitsAreNotForTheNodesOwnStreams() {
        StreamKey own = new StreamKey(Namespace.DEFAULT, "own");
        ShardTraffic unlimited =
                streams.traffic(streams.createInternal(own, 1).shards().get(0));
        ShardTraffic limited = streams.traffic(create(ORDERS, 1).shards().get(0));
        assertThat(IntStream.range(0, 50_000).allMatch(record -> limited.admit(10)))
                .isFalse();
        assertThat(IntStream.range(0, 50_000).allMatch(record -> unlimited.admit(10)))
                .isTrue();
    }

    @Test
    void fiveIteratorsASecondAreGivenForAShard() {
        ShardTraffic traffic = streams.traffic(create(ORDERS, 1).shards().get(0));
        long given =
                LongStream.range(0, 100).filter(call -> traffic.admitIterator()).count();
        assertThat(given).isBetween(5L, 20L);
    }

    @Test
    void putsThatWaitedForTheShardsToChangeGoOnWithoutTheLock() {
        Stream stream = create(ORDERS, 1);
        ShardMap map = streams.retireMap(stream);
        List<Boolean> locked = new ArrayList<>();
        map.replaced().thenRun(() -> locked.add(Thread.holdsLock(streams)));

        streams.renewMap(ORDERS, map);

        assertThat(locked).containsExactly(false);
    }

    @Test
    void warmThroughputStaysWhereACallForTheSameModeSaysNothingOfIt() {
        streams.create(new NewStream(ORDERS, 4, true, Distribution.USER_PARTITION_KEY, 1024, 2, Map.of()));
        timer.runAll();
        new StreamSettings(streams).setMode(ORDERS, true, null);
        assertThat(streams.get(ORDERS).warmThroughputMiBps()).isEqualTo(2);
        timer.runAll();
        new StreamSettings(streams).setMode(ORDERS, false, null);
        assertThat(streams.get(ORDERS).warmThroughputMiBps()).isNull();
    }

    private void splitFirst() {
        new StreamSettings(streams)
                .reshard(
                        ORDERS,
                        stream -> Resharding.by(
                                List.of(ReshardingPlan.halve(stream.shards().get(0)))));
        timer.runAll();
    }

    private long endOfFirst() {
        return Objects.requireNonNull(streams.get(ORDERS).shards().get(0).closing())
                .endOffset();
    }

    /** Returns what has to be removed before the description of a stream can be written again. */
    private Path blockWriting(StreamKey key) throws IOException {
        Path inTheWay = Files.createDirectory(directory.resolve("streams/%s.%s.%s.json.tmp"
                .formatted(key.namespace().account(), key.namespace().region(), key.name())));
        Files.createFile(inTheWay.resolve("so that it is not removed"));
        return inTheWay;
    }

    private static void unblock(Path inTheWay) throws IOException {
        Files.delete(inTheWay.resolve("so that it is not removed"));
        Files.delete(inTheWay);
    }

    private Stream create(StreamKey key, int shards) {
        return streams.create(NewStream.provisioned(key, shards));
    }

    private StreamConsumer consumer() {
        return streams.get(ORDERS).consumer("watcher").orElseThrow();
    }

    private void reopen() throws IOException {
        close();
        open();
    }

    private static void assertRefused(Runnable call, String code) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
