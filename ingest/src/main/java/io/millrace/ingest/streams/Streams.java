package io.millrace.ingest.streams;

import io.millrace.ingest.log.ShardLog;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.state.DocumentStore;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All streams of a node and the changes of their state.
 *
 * <p>A change is durable before its caller hears of it. States that AWS passes through asynchronously (CREATING, DELETING)
 * are passed through here too, after a short delay; a restart in between finishes them. Thread-safe: reads are free of
 * locks, changes hold this object's monitor while they write their document.
 */
public final class Streams {
    private static final Logger LOG = LoggerFactory.getLogger(Streams.class);
    private static final Duration RETENTION_SWEEP = Duration.ofMinutes(1);
    private static final int DEFAULT_RETENTION_HOURS = 24;
    private static final int DEFAULT_MAX_RECORD_KIB = 1024;
    private static final int ON_DEMAND_SHARDS = 4;
    private static final int MAX_CONSUMERS = 20;

    private final StreamDocuments documents;
    private final ShardLog log;
    private final InstantSource clock;
    private final ScheduledExecutorService timer;
    private final Duration transition;
    private final RetentionClock retentionClock;
    private final Map<StreamKey, Stream> streams = new ConcurrentHashMap<>();

    private Streams(
            StreamDocuments documents,
            ShardLog log,
            InstantSource clock,
            ScheduledExecutorService timer,
            Duration transition) {
        this.documents = documents;
        this.log = log;
        this.clock = clock;
        this.timer = timer;
        this.transition = transition;
        this.retentionClock = new RetentionClock(clock, () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
    }

    /**
     * Loads the streams of an earlier run and removes from the log what belongs to none of them.
     *
     * @param transition how long CREATING and DELETING last
     */
    public static Streams open(
            DocumentStore store, ShardLog log, InstantSource clock, ScheduledExecutorService timer, Duration transition)
            throws IOException {
        Streams streams = new Streams(new StreamDocuments(store), log, clock, timer, transition);
        streams.load();
        return streams;
    }

    private synchronized void load() throws IOException {
        for (Stream stream : documents.load()) {
            streams.put(stream.key(), stream);
        }
        dropUnownedShards();
        for (Stream stream : List.copyOf(streams.values())) {
            resume(stream);
        }
        timer.scheduleWithFixedDelay(this::expire, 0, RETENTION_SWEEP.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void resume(Stream stream) {
        switch (stream.status()) {
            case CREATING, UPDATING -> activate(stream.key());
            case DELETING -> finishDelete(stream);
            case ACTIVE -> {
                for (Consumer consumer : stream.consumers()) {
                    settle(stream.key(), consumer);
                }
            }
        }
    }

    /** Returns a stream. @throws io.millrace.protocol.api.ServiceException if there is none of that name */
    public Stream get(StreamKey key) {
        return find(key).orElseThrow(() -> StreamErrors.streamNotFound(key));
    }

    public Optional<Stream> find(StreamKey key) {
        return Optional.ofNullable(streams.get(key));
    }

    /** Returns the streams that ListStreams shows, by name in ascending order. */
    public List<Stream> list(Namespace namespace) {
        return streams.values().stream()
                .filter(stream -> stream.key().namespace().equals(namespace) && !stream.internal())
                .sorted(Comparator.comparing(Stream::name))
                .toList();
    }

    public int count() {
        return streams.size();
    }

    /** Creates a stream that is CREATING for a moment. An on-demand stream begins with four shards, as on AWS. */
    public Stream create(StreamKey key, int shardCount, boolean onDemand) {
        return create(key, onDemand ? ON_DEMAND_SHARDS : shardCount, onDemand, false);
    }

    /** Creates a stream that only other parts of the node know of, unless it is there already. */
    public synchronized Stream createInternal(StreamKey key, int shardCount) {
        Stream existing = streams.get(key);
        return existing != null ? existing : create(key, shardCount, false, true);
    }

    private synchronized Stream create(StreamKey key, int shardCount, boolean onDemand, boolean internal) {
        if (streams.containsKey(key)) {
            throw StreamErrors.streamExists(key);
        }
        long now = clock.millis();
        long firstLogNumber = documents.reserveLogNumbers(shardCount);
        List<ShardInfo> shards = new ArrayList<>(shardCount);
        for (HashKeyRange range : HashKeyRange.evenly(shardCount)) {
            int index = shards.size();
            shards.add(new ShardInfo(index, firstLogNumber + index, range, now / 1000, null, null, null));
        }
        Stream stream = new Stream(
                key,
                now,
                internal ? StreamStatus.ACTIVE : StreamStatus.CREATING,
                onDemand,
                internal,
                DEFAULT_RETENTION_HOURS,
                DEFAULT_MAX_RECORD_KIB,
                shards,
                List.of());
        store(stream);
        later(() -> activate(key));
        return stream;
    }

    private void activate(StreamKey key) {
        change(
                key,
                stream -> stream.status() == StreamStatus.DELETING ? stream : stream.withStatus(StreamStatus.ACTIVE));
    }

    /** Begins to delete a stream. @throws io.millrace.protocol.api.ServiceException if it has consumers and may not */
    public synchronized void delete(StreamKey key, boolean withConsumers) {
        Stream stream = get(key);
        if (stream.status() == StreamStatus.DELETING) {
            return;
        }
        if (!stream.consumers().isEmpty() && !withConsumers) {
            throw StreamErrors.resourceInUse("Stream %s under account %s has registered consumers."
                    .formatted(key.name(), key.namespace().account()));
        }
        store(stream.withStatus(StreamStatus.DELETING));
        later(() -> finishDelete(stream));
    }

    private synchronized void finishDelete(Stream stream) {
        StreamKey key = stream.key();
        documents.delete(key);
        streams.remove(key);
        try {
            dropUnownedShards();
        } catch (IOException e) {
            LOG.warn("stream {}: its records could not be removed yet; the next start tries again", key.name(), e);
        }
    }

    private void dropUnownedShards() throws IOException {
        Set<Long> owned = new HashSet<>();
        streams.values().forEach(stream -> stream.shards().forEach(shard -> owned.add(shard.logNumber())));
        log.retainOnly(owned);
    }

    public synchronized Consumer registerConsumer(StreamKey key, String name) {
        Stream stream = get(key);
        if (stream.status() != StreamStatus.ACTIVE) {
            throw StreamErrors.notActive(key, stream.status());
        }
        if (stream.consumer(name).isPresent()) {
            throw StreamErrors.resourceInUse("Consumer %s under stream %s already exists for account %s."
                    .formatted(name, key.name(), key.namespace().account()));
        }
        if (stream.consumers().size() >= MAX_CONSUMERS) {
            throw StreamErrors.limitExceeded(
                    "Failed to create consumer: %s under stream: %s, account: %s, consumer limit: %d exceeded."
                            .formatted(name, key.name(), key.namespace().account(), MAX_CONSUMERS));
        }
        Consumer consumer = new Consumer(name, clock.millis() / 1000, Consumer.Status.CREATING);
        store(stream.withConsumer(consumer));
        later(() -> settle(key, consumer));
        return consumer;
    }

    public synchronized void deregisterConsumer(StreamKey key, String name) {
        Stream stream = get(key);
        Consumer consumer = stream.consumer(name).orElseThrow(() -> StreamErrors.consumerNotFound(name, key));
        Consumer deleting = new Consumer(name, consumer.createdSecond(), Consumer.Status.DELETING);
        store(stream.withConsumer(deleting));
        later(() -> settle(key, deleting));
    }

    /** Ends the passing state of a consumer. */
    private void settle(StreamKey key, Consumer consumer) {
        change(key, stream -> switch (consumer.status()) {
            case CREATING ->
                stream.consumer(consumer.name()).filter(consumer::equals).isPresent()
                        ? stream.withConsumer(
                                new Consumer(consumer.name(), consumer.createdSecond(), Consumer.Status.ACTIVE))
                        : stream;
            case DELETING ->
                stream.consumer(consumer.name()).filter(consumer::equals).isPresent()
                        ? stream.withoutConsumer(consumer.name())
                        : stream;
            case ACTIVE -> stream;
        });
    }

    private synchronized void change(StreamKey key, UnaryOperator<Stream> change) {
        Stream before = streams.get(key);
        if (before != null) {
            Stream after = change.apply(before);
            if (!after.equals(before)) {
                store(after);
            }
        }
    }

    private void store(Stream stream) {
        documents.save(stream);
        streams.put(stream.key(), stream);
    }

    private void later(Runnable change) {
        timer.schedule(
                () -> {
                    try {
                        change.run();
                    } catch (RuntimeException e) { // the outermost frame of a timer's task
                        LOG.error("a stream's change of state failed", e);
                    }
                },
                transition.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Changes how long records are kept; what is older than a shorter time goes at once. */
    public synchronized void setRetention(StreamKey key, int hours) {
        store(get(key).withRetention(hours));
        timer.execute(this::expire);
    }

    private void expire() {
        long now = retentionClock.millis();
        for (Stream stream : streams.values()) {
            long before = now - Duration.ofHours(stream.retentionHours()).toMillis();
            for (ShardInfo shard : stream.shards()) {
                try {
                    log.trim(shard.logNumber(), before);
                } catch (IOException | RuntimeException e) { // the outermost frame of the timer's task
                    LOG.error("stream {} {}: expired records could not be removed", stream.name(), shard.id(), e);
                }
            }
        }
    }
}
