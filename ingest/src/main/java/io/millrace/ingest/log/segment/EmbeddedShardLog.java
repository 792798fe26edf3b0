package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.Appended;
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
 * last segment may be torn; damage anywhere else refuses the start and changes nothing.
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

    private EmbeddedShardLog(Path directory, Durability durability, InstantSource clock) throws IOException {
        this.walDirectory = Files.createDirectories(directory.resolve("wal"));
        this.checkpoints = DocumentStore.open(directory);
        this.shards = new ShardTable(directory.resolve("shards"));
        Checkpoint checkpoint = Checkpoint.load(checkpoints, directory);
        shards.recover(checkpoint);
        long lastNumber = replay(checkpoint);
        this.writer =
                new WalWriter(shards, this::nextSegment, lastNumber + 1, durability, clock, new WalWriter.Observer() {
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
        EmbeddedShardLog log = new EmbeddedShardLog(directory, durability, clock);
        log.writerThread.start();
        return log;
    }

    private long replay(Checkpoint checkpoint) throws IOException {
        List<Path> segments;
        try (Stream<Path> files = Files.list(walDirectory)) {
            segments = files.filter(WalSegment::isSegment).sorted().toList();
        }
        long[] last = {checkpoint.lastNumber()};
        for (int i = 0; i < segments.size(); i++) {
            WalSegment.replay(segments.get(i), i == segments.size() - 1, frame -> {
                if (frame.number() > checkpoint.lastNumber()) {
                    Shard shard = shards.get(frame.shard());
                    if (shard.replay(frame) >= FLUSH_TAIL_BYTES) {
                        shard.flush();
                    }
                    last[0] = frame.number();
                }
            });
            if (Files.size(segments.get(i)) == 0) {
                Files.delete(segments.get(i));
            }
            nextSegment = WalSegment.numberOf(segments.get(i)) + 1;
        }
        return last[0];
    }

    private WalSegment nextSegment() throws IOException {
        return WalSegment.create(walDirectory, nextSegment++, salts.nextLong());
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
