package io.millrace.ingest;

import io.millrace.durable.Resources;
import io.millrace.durable.disk.FileNames;
import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentStore;
import io.millrace.durable.memory.MemoryPlan;
import io.millrace.durable.threads.DaemonThreads;
import io.millrace.durable.time.ExpiryClock;
import io.millrace.durable.time.SteadyClock;
import io.millrace.ingest.api.KinesisApi;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.LogStats;
import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.log.keys.LocalMasterKeys;
import io.millrace.ingest.log.segment.EmbeddedShardLog;
import io.millrace.ingest.log.segment.LogOptions;
import io.millrace.ingest.streams.AccountSettings;
import io.millrace.ingest.streams.Limits;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.ShardIterators;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.AwsJsonService;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The data streams of a node: opened from its directory, closed when the node ends. Thread-safe. */
public final class Ingest implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Ingest.class);
    private static final int ITERATOR_KEY_BYTES = 32;
    private static final int BLOCKING_THREADS = 16;
    /**
     * What one read may need: ten mebibytes of records in blocks of which the first and last are read whole, and its
     * answer.
     */
    private static final long READ_BYTES = 48L * 1024 * 1024;

    private static final int MOST_READ_THREADS = 8;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final ShardLog log;
    private final ExpiryClock expiry;
    private final Streams streams;
    private final RecordStore records;
    private final ExecutorService blocking;
    private final ExecutorService reads;
    private final ScheduledExecutorService timer;
    private final List<DamagedDocument> damaged;
    private final AwsJsonService service;

    private Ingest(Path directory, Resources resources, LogOptions options, Streams.Rules rules, InstantSource clock)
            throws IOException {
        this.blocking = Executors.newFixedThreadPool(BLOCKING_THREADS, DaemonThreads.named("streams-io"));
        this.reads = Executors.newFixedThreadPool(readThreads(resources.memory()), DaemonThreads.named("streams-read"));
        this.timer = Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("streams-timer"));
        FileNames.toAsciiDigits(directory);
        LocalMasterKeys keys = LocalMasterKeys.open(directory.resolve("master-keys"));
        this.log = EmbeddedShardLog.open(
                directory.resolve("log"),
                resources.disk(),
                options.withMemoryBytes(resources.memory().bytes(MemoryPlan.Share.LOG_APPENDS)),
                SteadyClock.over(clock),
                keys);
        this.expiry = ExpiryClock.open(directory.resolve("expiry-clock"), clock);
        this.streams = Streams.open(
                DocumentStore.open(directory.resolve("streams")),
                log,
                new Streams.Means(new Streams.Clocks(clock, expiry), timer, blocking, resources.memory()),
                rules);
        this.records = new RecordStore(streams, log, clock);
        timer.scheduleWithFixedDelay(streams.lags()::look, 1, 1, TimeUnit.SECONDS);
        AccountSettings accounts = AccountSettings.open(DocumentStore.open(directory.resolve("accounts")), clock);
        this.damaged = Stream.of(keys.damaged(), streams.damaged(), accounts.damaged())
                .flatMap(List::stream)
                .toList();
        ShardIterators iterators =
                new ShardIterators(iteratorKey(DocumentStore.openPrivate(directory.resolve("keys"))), clock);
        this.service = KinesisApi.service(
                new KinesisApi.State(streams, accounts, records, iterators, keys, resources.memory()),
                new KinesisApi.Threads(blocking, reads, timer),
                clock);
    }

    /**
     * Opens the streams kept in a directory; it is created when missing.
     *
     * @param transition how long streams and consumers stay in the states that pass by themselves
     */
    public static Ingest open(Path directory, Durability durability, Duration transition, InstantSource clock)
            throws IOException {
        Streams.Rules rules = new Streams.Rules(transition, Limits.OFF);
        return open(directory, Resources.of(directory), LogOptions.of(durability), rules, clock);
    }

    /**
     * Opens the streams kept in a directory; it is created when missing.
     *
     * @param resources that it shares with other parts of the node
     */
    public static Ingest open(
            Path directory, Resources resources, LogOptions options, Streams.Rules rules, InstantSource clock)
            throws IOException {
        return new Ingest(directory, resources, options, rules, clock);
    }

    /** Returns the service for the endpoint. */
    public AwsJsonService service() {
        return service;
    }

    public Streams streams() {
        return streams;
    }

    public RecordStore records() {
        return records;
    }

    /** Tells why records cannot be taken any more; empty while all is well. */
    public String failure() {
        return log.failure();
    }

    /** Tells why only a restart lets records be taken again; empty while that is not so. Never waits. */
    public String death() {
        return log.death();
    }

    /** Returns the documents that could not be read when the streams were opened. */
    public List<DamagedDocument> damaged() {
        return damaged;
    }

    /** Returns how the log stands. */
    public LogStats logStats() {
        return log.stats();
    }

    @Override
    public void close() throws IOException {
        timer.shutdownNow();
        blocking.shutdown();
        reads.shutdown();
        try {
            reads.awaitTermination(CLOSE_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            blocking.awaitTermination(CLOSE_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        expiry.close();
        log.close();
    }

    /** As many reads at once as have room for their answers. */
    private static int readThreads(MemoryPlan memory) {
        long fitting = memory.bytes(MemoryPlan.Share.ANSWERS) / READ_BYTES;
        return (int) Math.max(1, Math.min(MOST_READ_THREADS, fitting));
    }

    private static byte[] iteratorKey(DocumentStore keys) throws IOException {
        Optional<byte[]> kept = keys.find("shard-iterators");
        if (kept.isPresent() && kept.get().length == ITERATOR_KEY_BYTES) {
            return kept.get();
        }
        if (kept.isPresent()) {
            LOG.warn("the key of shard iterators is damaged and made anew; iterators that are in use have expired");
        }
        byte[] made = new byte[ITERATOR_KEY_BYTES];
        new SecureRandom().nextBytes(made);
        keys.put("shard-iterators", made);
        return made;
    }
}
