package io.millrace.ingest.log.segment;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.disk.SimulatedDisk;
import io.millrace.durable.time.MovableClock;
import io.millrace.ingest.log.Appended;
import io.millrace.ingest.log.CorruptLogException;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.NewRecord;
import io.millrace.ingest.log.ShardBatch;
import io.millrace.ingest.log.StoredRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** An embedded log with small files on a simulated disk, whose work is done on the test's thread. */
final class SteppedLog {
    static final Path DIRECTORY = Path.of("/log");

    final MovableClock clock = new MovableClock();
    final StepByStep workers = new StepByStep();
    final EmbeddedShardLog log;

    SteppedLog(SimulatedDisk disk) throws IOException {
        this(disk, BlockCodec.NONE);
    }

    SteppedLog(SimulatedDisk disk, BlockCodec codec) throws IOException {
        LogOptions options = new LogOptions(
                new Durability.Fsync(),
                codec,
                1 << 20,
                5 * WalSegment.PAGE_BYTES,
                5 * WalSegment.PAGE_BYTES,
                2,
                1 << 30,
                Duration.ofDays(1),
                Duration.ZERO,
                1 << 20,
                Duration.ofHours(1));
        log = EmbeddedShardLog.open(
                DIRECTORY,
                new EmbeddedShardLog.Environment(
                        disk,
                        new DiskGuard(disk, DIRECTORY, 0),
                        clock,
                        new PlainKeys(),
                        options,
                        new Random(7),
                        workers));
    }

    /** Appends texts, encrypted under a key when one is named, and acknowledges them. */
    List<Appended> append(long shard, String key, String... texts) {
        List<NewRecord> records = Arrays.stream(texts)
                .map(text -> new NewRecord(("key of " + text).getBytes(UTF_8), text.getBytes(UTF_8)))
                .toList();
        var done = log.append(List.of(new ShardBatch(shard, records, key)));
        log.writer().step(0);
        return done.join();
    }

    /** Lets the writer find nothing to do, so that it says what was synced. */
    void idle() {
        log.writer().step(0);
    }

    /** Takes a checkpoint, and does all else that waits for the background. */
    void checkpoint() throws IOException {
        CompletableFuture<Void> taken = log.checkpoints().take();
        doAll();
        try {
            taken.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw e;
        }
    }

    /** Takes a checkpoint as a log does by itself, failures included. */
    void checkpointInBackground() {
        log.checkpoints().takeSoon();
        doAll();
    }

    /** Does what a log does each second. */
    void tick() {
        log.tick();
        doAll();
    }

    /** Does all that waits for the background. */
    void doAll() {
        while (workers.doOneTask()) {
            // until nothing is left to do
        }
    }

    /** Flushes, checkpoints and closes. */
    void close() {
        log.close();
    }

    /** Returns what is read of a shard, with a word for what is reported as damaged. */
    List<String> texts(long shard) throws IOException {
        List<String> texts = new ArrayList<>();
        long offset = log.firstOffset(shard);
        while (offset < log.endOffset(shard)) {
            try {
                for (StoredRecord record : log.read(shard, offset, 100, 1 << 20)) {
                    texts.add(new String(record.data(), UTF_8));
                    offset = record.offset() + 1;
                }
            } catch (CorruptLogException e) {
                texts.add("damaged");
                offset = e.resumeOffset();
            }
        }
        return texts;
    }
}
