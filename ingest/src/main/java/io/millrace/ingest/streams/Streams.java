package io.millrace.ingest.streams;

import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentStore;
import io.millrace.durable.memory.MemoryPlan;
import io.millrace.durable.time.ExpiryClock;
import io.millrace.ingest.log.ShardLog;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All streams of a node and the changes of their state.
 *
 * <p>A change is durable before its caller hears of it. States that AWS passes through asynchronously (CREATING,
 * UPDATING, DELETING) are passed through here too, after a short delay; a restart in between finishes them.
 * Thread-safe: reads are free of locks, changes hold this object's monitor while they write their document.
 */
public final class Streams {
    private static final Logger LOG = LoggerFactory.getLogger(Streams.class);
    private static final int DEFAULT_RETENTION_HOURS = 24;
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final StreamDocuments documents;
    private final ShardLog log;
    private final InstantSource clock;
    private final ScheduledExecutorService timer;
    private final Executor blocking;
    private final Duration transition;
    private final Limits limits;
    private final ShardMemory memory;
    private final TrafficTable traffic;
    private final Resharder resharder;
    private final Retention retention;
    private final OnDemandScaling scaling;
    private final StreamMetrics metrics = new StreamMetrics();
    private final ReaderLags lags;
    private final Map<StreamKey, Entry> entries = new ConcurrentHashMap<>();
    /** Shards in the log that may belong to streams whose descriptions are damaged. */
    private final Set<Long> unclaimed = new HashSet<>();

    /** A stream as it is now, and where its puts go. */
    private static final class Entry {
        private final DailyChanges daily = new DailyChanges();
        private volatile Stream stream;
        private volatile ShardMap map;

        Entry(Stream stream, ShardMap map) {
            this.stream = stream;
            this.map = map;
        }
    }

    /**
     * How the streams of a node behave.
     *
     * @param transition how long CREATING, UPDATING and DELETING last
     */
    public record Rules(Duration transition, Limits limits) {}

    /**
     * The clocks of streams.
     *
     * @param wall tells when streams are made and change
     * @param expiry tells when records expire
     */
    public record Clocks(InstantSource wall, ExpiryClock expiry) {}

    /**
     * What streams work with.
     *
     * @param timer for what comes later; only starts it
     * @param blocking runs changes, which wait for the disk and for puts under way
     * @param memory bounds the number of shards
     */
    public record Means(Clocks clocks, ScheduledExecutorService timer, Executor blocking, MemoryPlan memory) {}

    private Streams(StreamDocuments documents, ShardLog log, Means means, Rules rules) {
        Clocks clocks = means.clocks();
        this.documents = documents;
        this.log = log;
        this.clock = clocks.wall();
        this.timer = means.timer();
        this.blocking = means.blocking();
        this.transition = rules.transition();
        this.limits = rules.limits();
        this.memory = ShardMemory.of(means.memory());
        this.traffic = new TrafficTable(limits.enforced());
        this.resharder = new Resharder(this, log, clocks.wall());
        this.retention = new Retention(this, log, clocks.expiry());
        this.lags = new ReaderLags(log::endOffset, clocks.wall());
        this.scaling = new OnDemandScaling(this, System::nanoTime);
    }

    /**
     * Loads the streams of an earlier run and removes from the log what belongs to none of them.
     */
    public static Streams open(DocumentStore store, ShardLog log, Means means, Rules rules) throws IOException {
        Streams streams = new Streams(new StreamDocuments(store), log, means, rules);
        streams.load();
        return streams;
    }

    private synchronized void load() throws IOException {
        Set<Long> inLog = log.shards();
        for (Stream kept : documents.load(inLog)) {
            Stream stream = withEndsAsInLog(kept);
            entries.put(stream.key(), new Entry(stream, mapOf(stream)));
        }
        if (!documents.damaged().isEmpty()) {
            unclaimed.addAll(inLog); // those of the damaged descriptions are among them
            all().forEach(stream -> stream.shards().forEach(shard -> unclaimed.remove(shard.logNumber())));
        }
        dropUnownedShards();
        for (Stream stream : all()) {
            resume(stream);
        }
        retention.start(timer, blocking);
        scaling.start(timer, blocking);
    }

    /**
     * Where a closed shard ends is what its log says: behind fewer records than its description does, when the last
     * ones were not durable yet as it was closed; behind more, when it was opened again since the description could not
     * be made durable, and then was.
     */
    private Stream withEndsAsInLog(Stream stream) {
        List<ShardInfo> shards = new ArrayList<>();
        for (ShardInfo shard : stream.shards()) {
            ShardInfo.Closing closing = shard.closing();
            shards.add(closing == null ? shard : withEndAsInLog(shard, closing));
        }
        return shards.equals(stream.shards()) ? stream : stream.with(draft -> draft.shards = shards);
    }

    private ShardInfo withEndAsInLog(ShardInfo shard, ShardInfo.Closing closing) {
        long described = closing.endOffset();
        long end =
                Math.max(Math.min(described, log.endOffset(shard.logNumber())), log.keptEndOffset(shard.logNumber()));
        return end == described ? shard : shard.closed(end, closing.epochMillis());
    }

    private void resume(Stream stream) {
        if (stream.status() != StreamStatus.DELETING) {
            stream.consumers().forEach(consumer -> attempt(() -> Consumers.settle(this, stream.key(), consumer)));
        }
        switch (stream.status()) {
            case CREATING -> attempt(() -> activate(stream.key()));
            case UPDATING -> later(() -> settle(stream.key()));
            case DELETING -> attempt(() -> finishDelete(stream));
            case ACTIVE -> {}
        }
    }

    /** Returns a stream. @throws io.millrace.protocol.api.ServiceException if there is none of that name */
    public Stream get(StreamKey key) {
        return find(key)
                .orElseThrow(() -> documents
                        .damageOf(key)
                        .map(ServiceException::damaged)
                        .orElseGet(() -> StreamErrors.streamNotFound(key)));
    }

    /** Returns the documents of streams that cannot be read. */
    public List<DamagedDocument> damaged() {
        return documents.damaged();
    }

    public Optional<Stream> find(StreamKey key) {
        return Optional.ofNullable(entries.get(key)).map(entry -> entry.stream);
    }

    Collection<Stream> all() {
        return entries.values().stream().map(entry -> entry.stream).toList();
    }

    /** Returns the streams that ListStreams shows, by name in ascending order. */
    public List<Stream> list(Namespace namespace) {
        return all().stream()
                .filter(stream -> stream.key().namespace().equals(namespace) && !stream.internal())
                .sorted(Comparator.comparing(Stream::name))
                .toList();
    }

    public int count() {
        return entries.size();
    }

    /** Returns how far the readers of shards are behind. */
    public ReaderLags lags() {
        return lags;
    }

    /** Returns what is counted of streams. */
    public StreamMetrics metrics() {
        return metrics;
    }

    public Limits limits() {
        return limits;
    }

    /** Returns where puts to a stream go. @throws io.millrace.protocol.api.ServiceException if it is there no more */
    ShardMap map(Stream stream) {
        Entry entry = entries.get(stream.key());
        if (entry == null || entry.stream.createdEpochMillis() != stream.createdEpochMillis()) {
            throw StreamErrors.streamNotFound(stream.key());
        }
        return entry.map;
    }

    /** Returns what goes into a shard and out of it. */
    public ShardTraffic traffic(ShardInfo shard) {
        return traffic.of(shard);
    }

    /** Creates a stream that is CREATING for a moment. */
    public Stream create(NewStream wanted) {
        return create(wanted, false);
    }

    /** Creates a stream that only other parts of the node know of, unless it is there already. */
    public synchronized Stream createInternal(StreamKey key, int shardCount) {
        Optional<Stream> existing = find(key);
        return existing.orElseGet(() -> create(NewStream.provisioned(key, shardCount), true));
    }

    private synchronized Stream create(NewStream wanted, boolean internal) {
        StreamKey key = wanted.key();
        if (entries.containsKey(key)) {
            throw StreamErrors.streamExists(key);
        }
        documents.damageOf(key).ifPresent(document -> {
            throw ServiceException.damaged(document);
        });
        limits.refuseStream(list(key.namespace()), wanted);
        memory.refuse(all(), key, wanted.shardCount());
        long now = clock.millis();
        List<ShardInfo> shards = new ArrayList<>(wanted.shardCount());
        long firstLogNumber = reserveLogNumbers(wanted.shardCount());
        for (HashKeyRange range : HashKeyRange.evenly(wanted.shardCount())) {
            int index = shards.size();
            shards.add(new ShardInfo(index, firstLogNumber + index, range, now / 1000, now, null, null, null));
        }
        Stream stream = new Stream(
                key,
                now,
                internal ? StreamStatus.ACTIVE : StreamStatus.CREATING,
                wanted.onDemand(),
                wanted.distribution(),
                internal,
                DEFAULT_RETENTION_HOURS,
                wanted.maxRecordKiB(),
                wanted.warmThroughputMiBps(),
                null,
                List.of(),
                wanted.tags(),
                null,
                shards,
                List.of(),
                null);
        documents.save(stream);
        entries.put(key, new Entry(stream, mapOf(stream)));
        later(() -> activate(key));
        return stream;
    }

    /** Reserves numbers in the shard log that were never used and returns the first. */
    synchronized long reserveLogNumbers(int count) {
        return documents.reserveLogNumbers(count);
    }

    private void activate(StreamKey key) {
        change(
                key,
                stream -> stream.status() == StreamStatus.CREATING
                        ? stream.with(draft -> draft.status = StreamStatus.ACTIVE)
                        : stream);
    }

    /** Begins to delete a stream. @throws io.millrace.protocol.api.ServiceException if it has consumers and may not */
    public synchronized void delete(StreamKey key, boolean withConsumers) {
        Stream stream = get(key);
        if (stream.status() == StreamStatus.DELETING) {
            return;
        }
        if (!stream.consumers().isEmpty() && !withConsumers) {
            throw StreamErrors.resourceInUse(String.format(
                    Locale.ROOT,
                    "Stream %s under account %s has registered consumers.",
                    key.name(),
                    key.namespace().account()));
        }
        Stream deleting = stream.with(draft -> draft.status = StreamStatus.DELETING);
        store(deleting);
        later(() -> finishDelete(deleting));
    }

    private void finishDelete(Stream stream) {
        StreamKey key = stream.key();
        Entry entry;
        synchronized (this) {
            documents.delete(key);
            entry = entries.remove(key);
        }
        if (entry != null) {
            ShardMap map = entry.map;
            map.retire().thenRunAsync(this::dropWithLog, blocking);
            map.replace();
        }
        metrics.forget(key);
        lags.forget(key);
        wakeReaders(stream.shards());
    }

    private void dropWithLog() {
        try {
            dropUnownedShards();
        } catch (IOException e) {
            LOG.warn("records of deleted streams could not be removed yet; the next start tries again", e);
        }
    }

    private synchronized void dropUnownedShards() throws IOException {
        Set<Long> owned = new HashSet<>(unclaimed);
        all().forEach(stream -> stream.shards().forEach(shard -> owned.add(shard.logNumber())));
        traffic.retainOnly(owned);
        log.retainOnly(owned);
    }

    /** Changes members of an ACTIVE stream at once. */
    synchronized Stream update(StreamKey key, UnaryOperator<Stream> change) {
        Stream changed = change.apply(active(key));
        store(changed);
        return changed;
    }

    /**
     * Changes members of a stream that is UPDATING for a moment afterwards, and reshards it in that time if need be.
     */
    synchronized Update updateSlowly(StreamKey key, UnaryOperator<Stream> change) {
        Stream before = active(key);
        Stream after = change.apply(before).with(draft -> draft.status = StreamStatus.UPDATING);
        store(after);
        later(() -> settle(key));
        return new Update(before, after);
    }

    /** A stream before a change of it and after. */
    record Update(Stream before, Stream after) {}

    /** As the other, for a change that AWS makes only so often a day. */
    synchronized Update updateSlowly(StreamKey key, DailyChanges.Kind kind, UnaryOperator<Stream> change) {
        return updateSlowly(key, stream -> {
            Stream changed = change.apply(stream);
            Entry entry = entries.get(key);
            if (limits.enforced() && entry != null) {
                entry.daily.count(kind, key, clock.millis());
            }
            return changed;
        });
    }

    private Stream active(StreamKey key) {
        Stream stream = get(key);
        if (stream.status() != StreamStatus.ACTIVE) {
            throw StreamErrors.notActive(key, stream.status());
        }
        return stream;
    }

    /** Does what an UPDATING stream waits for, and makes it ACTIVE. */
    private void settle(StreamKey key) {
        Stream stream = find(key).orElse(null);
        if (stream == null || stream.status() != StreamStatus.UPDATING) {
            return;
        }
        resharder.run(key);
        change(
                key,
                now -> now.status() == StreamStatus.UPDATING && now.resharding() == null
                        ? now.with(draft -> draft.status = StreamStatus.ACTIVE)
                        : now);
    }

    /** Changes a stream whatever its state, if it is there. */
    synchronized void change(StreamKey key, UnaryOperator<Stream> change) {
        Stream before = find(key).orElse(null);
        if (before != null) {
            Stream after = change.apply(before);
            if (!after.equals(before)) {
                store(after);
            }
        }
    }

    /** Retires the map by which puts go, and returns it when nothing more is appended by it. */
    ShardMap retireMap(Stream stream) {
        ShardMap map = map(stream);
        map.retire().join(); // what is inside waits for the log only
        return map;
    }

    /** Puts a new map in the place of one that was retired. */
    void renewMap(StreamKey key, ShardMap retired) {
        synchronized (this) {
            Entry entry = entries.get(key);
            if (entry != null && entry.map == retired) {
                entry.map = mapOf(entry.stream);
            }
        }
        retired.replace(); // which goes on with all puts that wait
    }

    private void store(Stream stream) {
        documents.save(stream);
        Entry entry = entries.get(stream.key());
        if (entry == null) {
            throw StreamErrors.streamNotFound(stream.key());
        }
        entry.stream = stream;
    }

    private ShardMap mapOf(Stream stream) {
        return new ShardMap(stream.shards(), stream.internal() ? traffic::ofInternal : traffic::of);
    }

    /** Lets those who wait for records of shards look again. */
    void wakeReaders(List<ShardInfo> shards) {
        shards.forEach(shard -> log.wake(shard.logNumber()));
    }

    /** Runs a change after the time that passing states last, and again until it succeeds: nobody else would. */
    void later(Runnable change) {
        schedule(change, transition);
    }

    private void schedule(Runnable change, Duration delay) {
        timer.schedule(() -> blocking.execute(() -> attempt(change)), delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void attempt(Runnable change) {
        try {
            change.run();
        } catch (RuntimeException | Error e) { // the outermost frame of a task
            if (!timer.isShutdown()) {
                LOG.error("a stream's change of state failed; it is tried again: {}", e.toString());
                schedule(change, RETRY);
            }
        }
    }

    /** Removes what is too old, without waiting for the next time. */
    void expireNow() {
        blocking.execute(retention::expire);
    }

    /** @throws io.millrace.protocol.api.ServiceException if the account's quota leaves no room for what is planned */
    void refuseMoreShards(Stream stream, Resharding resharding) {
        int additional = resharding.additionalShards(stream.openShards().size());
        limits.refuseShards(list(stream.key().namespace()), stream.key(), additional);
        memory.refuse(all(), stream.key(), Math.max(0, additional));
    }
}
