package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.disk.FileSystemDisk;
import io.millrace.ingest.log.Appended;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.KeyProvider;
import io.millrace.ingest.log.LogStats;
import io.millrace.ingest.log.ReadArrays;
import io.millrace.ingest.log.ShardBatch;
import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.log.StoredRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The {@link ShardLog} of a single node, in one directory.
 *
 * <h2>How it works</h2>
 *
 * <p>An append is laid out on the caller's thread and written to the write-ahead log by the {@link WalWriter}, which
 * acknowledges it after a sync that all concurrent appends share. The frame then waits in its shard's tail, in memory,
 * until the {@link Checkpointer} moves it to the shard's own file, unsynced. A checkpoint syncs those files off the hot
 * path, notes how far they reach and lets the write-ahead log's files be used again.
 *
 * <h2>Recovery</h2>
 *
 * <p>{@link Recovery} goes back to the last checkpoint and replays the write-ahead log behind it. Only its torn end is
 * cut off; {@link WalReplay} tells it from damage, which is reported and never served, while what lies before and after
 * it can be read.
 *
 * <h2>Layout</h2>
 *
 * <pre>
 *  format               {@link LogFormat}
 *  checkpoint.a, .b     {@link Checkpoint}, twice
 *  keys.a, .b           {@link DataKeys}, twice, once a record was encrypted
 *  wal/N.wal            {@link WalSegment}
 *  shards/S-O.seg       {@link ShardSegment}
 * </pre>
 */
public final class EmbeddedShardLog implements ShardLog {
    private static final Duration FULL_DISK_CHECKPOINT = Duration.ofSeconds(5);

    private final LogOptions options;
    private final Workers workers;
    private final DataKeys keys;
    private final DamageReport damages = new DamageReport();
    private final DiskGuard guard;
    private final Memory memory;
    private final WalMeter meter = new WalMeter();
    private final ShardTable shards;
    private final WalPool pool;
    private final Background background;
    private final Checkpointer checkpointer;
    private final Checkpoints checkpoints;
    private final WalWriter writer;

    private final Set<Shard> flushing = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean relieving = new AtomicBoolean();

    /** What a log is opened with; a test may want each of them otherwise. */
    record Environment(
            Disk disk,
            DiskGuard guard,
            InstantSource clock,
            KeyProvider keys,
            LogOptions options,
            java.util.random.RandomGenerator salts,
            Workers workers) {}

    EmbeddedShardLog(Path directory, Environment environment) throws IOException {
        Disk disk = environment.disk();
        disk.createDirectories(directory);
        DuplicatedFile checkpointFile = new DuplicatedFile(disk, directory, "checkpoint");
        Checkpoint checkpoint = Checkpoint.loadOrCreate(checkpointFile, disk, directory, damages);
        disk.syncDirectory(directory); // or its name may not last, while what the one before it needs is removed
        disk.createDirectories(directory.resolve("wal"));
        disk.createDirectories(directory.resolve("shards"));
        this.options = environment.options().fittedTo(disk.totalBytes(directory));
        this.workers = environment.workers();
        this.keys = DataKeys.open(disk, directory, environment.keys(), damages);
        this.guard = environment.guard();
        this.memory = new Memory(options.memoryBytes());
        ShardFiles files = new ShardFiles(
                disk, directory.resolve("shards"), options, new IndexCache(), keys, damages, new BlockEncoder());
        this.shards = new ShardTable(files);
        this.pool = new WalPool(disk, directory.resolve("wal"), options, guard, workers.walFiles());
        this.background = new Background(workers);
        this.checkpointer = new Checkpointer(shards, files, memory, checkpointFile, pool, background);
        Recovery.Result recovered =
                new Recovery(disk, directory, shards, damages, memory, checkpointer).run(checkpoint, pool);
        guard.check();
        this.writer = new WalWriter(
                new WalWriter.Parts(
                        shards,
                        new WalSegments(disk, pool, environment.salts(), recovered.nextSegment()),
                        environment.clock(),
                        memory,
                        guard,
                        meter,
                        options,
                        recovered.nextFrame()),
                new Growth());
        background.onFailedSync(writer::fail);
        this.checkpoints =
                new Checkpoints(checkpointer, background, options, writer::publishedNumber, checkpoint.lastNumber());
    }

    /** Opens a log and recovers what an earlier run left. The directory is created when missing. */
    public static EmbeddedShardLog open(Path directory, Durability durability, InstantSource clock) throws IOException {
        return open(directory, DiskGuard.of(directory), LogOptions.of(durability), clock, new NoKeys());
    }

    /**
     * Opens a log and recovers what an earlier run left. The directory is created when missing.
     *
     * @param guard of the disk that the directory is on
     */
    public static EmbeddedShardLog open(
            Path directory, DiskGuard guard, LogOptions options, InstantSource clock, KeyProvider keys)
            throws IOException {
        return open(
                directory,
                new Environment(
                        new FileSystemDisk(), guard, clock, keys, options, new SecureRandom(), new LogThreads()));
    }

    static EmbeddedShardLog open(Path directory, Environment environment) throws IOException {
        EmbeddedShardLog log;
        try {
            log = new EmbeddedShardLog(directory, environment);
        } catch (IOException | RuntimeException | Error e) {
            environment.workers().close();
            throw e;
        }
        environment.workers().start(log.writer.loop(), log::tick);
        return log;
    }

    /** Refuses encryption: the log was opened without keys. */
    private static final class NoKeys implements KeyProvider {
        @Override
        public DataKey newDataKey(String keyId) throws IOException {
            throw new IOException(
                    String.format(Locale.ROOT, "key %s: the log was opened without a key provider", keyId));
        }

        @Override
        public byte[] unwrap(String keyId, byte[] wrapped) throws IOException {
            throw new IOException(
                    String.format(Locale.ROOT, "key %s: the log was opened without a key provider", keyId));
        }
    }

    @Override
    public CompletableFuture<List<Appended>> append(List<ShardBatch> batches) {
        List<Frame> frames = new ArrayList<>(batches.size());
        try {
            for (ShardBatch batch : batches) {
                frames.add(keys.frame(batch));
            }
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
        return writer.enqueue(frames);
    }

    @Override
    public List<StoredRecord> read(long shard, long fromOffset, int maxRecords, long maxBytes, ReadArrays arrays)
            throws IOException {
        Shard found = shards.find(shard);
        return found == null ? List.of() : found.read(fromOffset, maxRecords, maxBytes, arrays);
    }

    @Override
    public long endOffset(long shard) {
        Shard found = shards.find(shard);
        return found == null ? 0 : found.endOffset();
    }

    @Override
    public long keptEndOffset(long shard) {
        Shard found = shards.find(shard);
        return found == null ? 0 : found.keptEndOffset();
    }

    @Override
    public long firstOffset(long shard) {
        Shard found = shards.find(shard);
        return found == null ? 0 : found.firstOffset();
    }

    @Override
    public long offsetAtTime(long shard, long epochMillis) throws IOException {
        Shard found = shards.find(shard);
        return found == null ? 0 : found.offsetAtTime(epochMillis);
    }

    @Override
    public CompletableFuture<Void> available(long shard, long offset) {
        return shards.get(shard).available(offset);
    }

    @Override
    public void wake(long shard) {
        Shard found = shards.find(shard);
        if (found != null) {
            found.wake();
        }
    }

    @Override
    public void trim(long shard, long beforeEpochMillis) throws IOException {
        Shard found = shards.find(shard);
        if (found != null && found.trim(beforeEpochMillis)) {
            background.run(() -> checkpointer.deleteLater(found.dropExpired()));
        }
    }

    @Override
    public Set<Long> shards() {
        return new HashSet<>(shards.numbers());
    }

    @Override
    public void retainOnly(Set<Long> kept) {
        for (long number : shards.numbers()) {
            if (!kept.contains(number)) {
                Shard shard = shards.remove(number);
                if (shard != null) {
                    Shard.Removed what = shard.remove();
                    memory.give(what.memoryBytes());
                    checkpointer.deleteLater(what.files());
                }
            }
        }
    }

    @Override
    public void rotateKeys() {
        keys.rotate();
    }

    @Override
    public String death() {
        IOException failure = writer.failure();
        return failure == null ? "" : String.valueOf(failure.getMessage());
    }

    @Override
    public String failure() {
        String death = death();
        if (!death.isEmpty()) {
            return death;
        }
        if (guard.isFull()) {
            return guard.message();
        }
        return writer.trouble().isEmpty() ? background.failure() : writer.trouble();
    }

    @Override
    public LogStats stats() {
        return new LogStats(
                options.durability().toString(),
                meter.records.sum(),
                meter.bytes.sum(),
                meter.refusedAppends.sum(),
                meter.syncs.sum(),
                meter.syncNanos.sum() / 1e9,
                meter.slowestSyncNanos() / 1e9,
                checkpoints.count(),
                checkpoints.seconds(),
                memory.usedBytes(),
                memory.limitBytes(),
                pool.sizeBytes(),
                shards.size(),
                failure(),
                damages.found());
    }

    /** Writes what is queued, takes a checkpoint, and ends all threads. */
    @Override
    public void close() {
        writer.close();
        workers.stopWriter();
        if (writer.failure() == null) {
            workers.await(checkpoints.take());
        }
        workers.close();
    }

    WalWriter writer() {
        return writer;
    }

    Checkpointer checkpointer() {
        return checkpointer;
    }

    Shard shard(long number) {
        return shards.get(number);
    }

    Checkpoints checkpoints() {
        return checkpoints;
    }

    /** Reacts to what the writer has written. */
    private final class Growth implements WalWriter.Observer {
        @Override
        public void tailGrew(Shard shard, long tailBytes) {
            checkpointer.noteDirty(shard);
            if (tailBytes >= Checkpointer.FLUSH_BYTES && flushing.add(shard)) {
                background.run(() -> {
                    flushing.remove(shard);
                    checkpointer.flush(shard);
                });
            }
        }

        @Override
        public void appended(long total) {
            if (memory.isTight() && relieving.compareAndSet(false, true)) {
                background.run(() -> {
                    relieving.set(false);
                    checkpointer.relieve();
                });
            }
            checkpoints.appended(total);
        }
    }

    /** What has to be looked after from time to time, each second. */
    void tick() {
        background.run(() -> {
            guard.check();
            checkpointer.relieve();
            boolean makeRoom = guard.isFull() && checkpoints.isOlderThan(FULL_DISK_CHECKPOINT);
            boolean again = !background.failure().isEmpty();
            if (checkpoints.isDue() || makeRoom || again || checkpointer.hasDeletable()) {
                checkpoints.takeSoon();
            }
        });
    }
}
