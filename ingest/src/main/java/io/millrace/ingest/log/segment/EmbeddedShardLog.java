package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.Appended;
import io.millrace.ingest.log.CorruptLogException;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.ShardBatch;
import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.log.StoredRecord;
import io.millrace.protocol.state.DocumentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@link ShardLog} of a single node, in one directory.
 *
 * <h2>How it works</h2>
 *
 * <p>An append is encoded on the caller's thread and written to the write-ahead log by the {@link WalWriter}, which
 * acknowledges it after a sync that all concurrent appends share. The frame then waits in its shard's tail, in memory,
 * until the flusher moves it to the shard's own file, unsynced. A checkpoint syncs those files off the hot path, notes how
 * far they reach and drops the write-ahead segments that they cover.
 *
 * <h2>Recovery</h2>
 *
 * <p>Shard files are cut back to the last checkpoint and the write-ahead log is replayed behind it. Only the end of its
 * last segment may be torn, and only where no later frame says that it had been synced; damage anywhere else refuses the
 * start and changes nothing that was acknowledged. A log that was closed leaves a checkpoint and no write-ahead log.
 *
 * <h2>Layout</h2>
 *
 * <pre>
 *  checkpoint.json   {@link Checkpoint}
 *  wal/N.wal         {@link WalSegment}
 *  shards/S/O.seg    {@link ShardSegment}
 * </pre>
 */
public final class EmbeddedShardLog implements ShardLog {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedShardLog.class);
    private static final long FLUSH_TAIL_BYTES = 1024 * 1024;

    private final WalFiles walFiles;
    private final Path walDirectory;
    private final DocumentStore checkpoints;
    private final ShardTable shards;
    private final SecureRandom salts = new SecureRandom();
    private final Set<Shard> flushing = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService flusher = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "log-flusher");
        thread.setDaemon(true);
        return thread;
    });
    private final WalWriter writer;
    private final Thread writerThread;

    private long nextSegment;
    private volatile String flushFailure = "";

    private EmbeddedShardLog(Path directory, Durability durability, InstantSource clock, Wal wal) throws IOException {
        this.walFiles = wal.files();
        this.walDirectory = Files.createDirectories(directory.resolve("wal"));
        this.checkpoints = DocumentStore.open(directory);
        this.shards = new ShardTable(directory.resolve("shards"));
        Checkpoint checkpoint = Checkpoint.load(checkpoints, directory);
        List<Path> segments = walSegments();
        refuseGap(checkpoint, segments, directory);
        shards.recover(checkpoint);
        long lastNumber = replay(segments, checkpoint);
        this.writer = new WalWriter(
                shards,
                this::nextSegment,
                lastNumber + 1,
                durability,
                clock,
                wal.queueLimitBytes(),
                new WalWriter.Observer() {
                    @Override
                    public void tailGrew(Shard shard, long tailBytes) {
                        if (tailBytes >= FLUSH_TAIL_BYTES) {
                            flushSoon(shard);
                        }
                    }

                    @Override
                    public void segmentClosed(WalSegment segment, long number) {
                        inBackground(() -> checkpoint(number, WalSegment.numberOf(segment.file())));
                    }
                });
        this.writerThread = new Thread(writer, "log-writer");
        writerThread.setDaemon(true);
    }

    /** Opens a log and recovers what an earlier run left. The directory is created when missing. */
    public static EmbeddedShardLog open(Path directory, Durability durability, InstantSource clock) throws IOException {
        return open(
                directory,
                durability,
                clock,
                new Wal(WalFiles.ON_DISK, Runtime.getRuntime().maxMemory() / 4));
    }

    /**
     * What of the write-ahead log a test may want otherwise.
     *
     * @param queueLimitBytes how much may wait to be written before appends are refused
     */
    record Wal(WalFiles files, long queueLimitBytes) {}

    static EmbeddedShardLog open(Path directory, Durability durability, InstantSource clock, Wal wal)
            throws IOException {
        EmbeddedShardLog log = new EmbeddedShardLog(directory, durability, clock, wal);
        log.writerThread.start();
        return log;
    }

    private List<Path> walSegments() throws IOException {
        try (Stream<Path> files = Files.list(walDirectory)) {
            return files.filter(WalSegment::isSegment).sorted().toList();
        }
    }

    /**
     * Refuses to go on where the checkpoint and the write-ahead log do not meet, for recovery would then remove files that
     * nothing replaces.
     */
    private void refuseGap(Checkpoint checkpoint, List<Path> segments, Path directory) throws IOException {
        long first = segments.isEmpty() ? 0 : WalSegment.firstNumberOf(segments.get(0));
        boolean empty = first == 0 && (checkpoint.lastNumber() > 0 || shards.hasNoFiles());
        if (!empty && (first == 0 || first > checkpoint.lastNumber() + 1)) {
            throw new CorruptLogException(
                    directory,
                    checkpoint.lastNumber(),
                    "the write-ahead log begins at frame %d, behind the checkpoint".formatted(first));
        }
    }

    private long replay(List<Path> segments, Checkpoint checkpoint) throws IOException {
        long[] last = {checkpoint.lastNumber()};
        for (int i = 0; i < segments.size(); i++) {
            Path segment = segments.get(i);
            WalSegment.replay(segment, i == segments.size() - 1, last[0], frame -> {
                if (frame.number() > last[0] + 1) {
                    throw new CorruptLogException(
                            segment, 0, "the frames up to %d are missing".formatted(frame.number()));
                }
                if (frame.number() == last[0] + 1) {
                    replay(frame);
                    last[0] = frame.number();
                }
            });
            if (Files.size(segment) == 0) {
                Files.delete(segment);
            }
            nextSegment = WalSegment.numberOf(segment) + 1;
        }
        return last[0];
    }

    private void replay(Frame frame) throws IOException {
        if (!frame.isMark()) {
            Shard shard = shards.get(frame.shard());
            if (shard.replay(frame) >= FLUSH_TAIL_BYTES) {
                shard.flush();
            }
        }
    }

    private WalSegment nextSegment() throws IOException {
        return WalSegment.create(walFiles, walDirectory, nextSegment++, salts.nextLong());
    }

    @Override
    public CompletableFuture<List<Appended>> append(List<ShardBatch> batches) {
        return writer.enqueue(batches.stream().map(Frame::encode).toList());
    }

    @Override
    public List<StoredRecord> read(long shard, long fromOffset, int maxRecords, long maxBytes) throws IOException {
        Shard found = shards.find(shard);
        return found == null ? List.of() : found.read(fromOffset, maxRecords, maxBytes);
    }

    @Override
    public long endOffset(long shard) {
        Shard found = shards.find(shard);
        return found == null ? 0 : found.endOffset();
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
    public void trim(long shard, long beforeEpochMillis) throws IOException {
        Shard found = shards.find(shard);
        if (found != null) {
            found.trim(beforeEpochMillis);
        }
    }

    @Override
    public void retainOnly(Set<Long> kept) throws IOException {
        for (long number : shards.numbers()) {
            if (!kept.contains(number)) {
                shards.remove(number);
            }
        }
    }

    @Override
    public String failure() {
        IOException failure = writer.failure();
        return failure == null ? flushFailure : String.valueOf(failure.getMessage());
    }

    /** Writes what is queued, checkpoints, and ends both threads. */
    @Override
    public void close() throws IOException {
        writer.close();
        try {
            writerThread.join();
            flusher.shutdown();
            if (!flusher.awaitTermination(60, TimeUnit.SECONDS)) {
                LOG.warn("the log's flusher did not end in time; the next start will replay more");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void flushSoon(Shard shard) {
        if (flushing.add(shard)) {
            inBackground(() -> {
                flushing.remove(shard);
                shard.flush();
            });
        }
    }

    @FunctionalInterface
    private interface DiskTask {
        void run() throws IOException;
    }

    private void inBackground(DiskTask task) {
        try {
            flusher.execute(() -> {
                try {
                    task.run();
                } catch (IOException e) {
                    flushFailure = "shard files: " + e.getMessage();
                    LOG.error("writing shard files failed; the write-ahead log keeps growing", e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("the log is closing; the next start replays instead");
        }
    }

    /** Makes the files of all shards durable and drops the write-ahead segments up to the one given. */
    private void checkpoint(long lastNumber, long lastSegment) throws IOException {
        List<Shard.Position> positions = new ArrayList<>();
        for (Shard shard : shards.all()) {
            shard.flush();
            positions.add(shard.sync());
        }
        new Checkpoint(lastNumber, positions).save(checkpoints);
        flushFailure = "";
        try (Stream<Path> files = Files.list(walDirectory)) {
            for (Path file : files.filter(WalSegment::isSegment).toList()) {
                if (WalSegment.numberOf(file) <= lastSegment) {
                    Files.delete(file);
                }
            }
        }
    }
}
