package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.flink.connector.base.source.reader.RecordsBySplits;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsRemoval;
import org.jspecify.annotations.Nullable;

/**
 * Gathers what the shards of a task have read ahead of it. They are read side by side, so that one slow answer delays
 * no other shard. What they hold together is bounded by the {@link FetchBudget} until the task has the records.
 */
abstract class AheadSplitReader implements SplitReader<KinesisRecord, ShardSplit> {
    private static final int THREADS = 4;
    private static final long WAIT_MILLIS = 500;

    private final StreamRef stream;
    private final ScheduledThreadPoolExecutor executor;
    private final FetchBudget budget;
    private final Map<String, ShardReading> shards = new HashMap<>();
    private final BlockingQueue<ShardReading.Batch> arrived = new LinkedBlockingQueue<>();
    private volatile boolean woken;

    AheadSplitReader(StreamRef stream, long aheadBytes) {
        this.stream = stream;
        this.executor = new ScheduledThreadPoolExecutor(THREADS, task -> {
            Thread thread = new Thread(task, "kinesis-fetch " + stream.nameOrArn());
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        this.budget = new FetchBudget(aheadBytes);
    }

    /** Returns the reading of a shard, which has not started. */
    abstract ShardReading read(ShardSplit split, Consumer<ShardReading.Batch> arrives);

    /** Closes what the readings need. */
    abstract void closeClients();

    ScheduledExecutorService executor() {
        return executor;
    }

    FetchBudget budget() {
        return budget;
    }

    @Override
    public RecordsWithSplitIds<KinesisRecord> fetch() throws IOException {
        RecordsBySplits.Builder<KinesisRecord> records = new RecordsBySplits.Builder<>();
        long bytes = 0;
        ShardReading.Batch batch = next();
        while (batch != null) {
            if (batch.failure() instanceof FinalFailureException failure) {
                throw failure;
            }
            if (batch.failure() != null) {
                throw new IOException(
                        String.format(
                                Locale.ROOT,
                                "stream %s %s: cannot be read",
                                stream.nameOrArn(),
                                batch.from().shardId()),
                        batch.failure());
            }
            for (KinesisRecord record : batch.records()) {
                records.add(batch.from().shardId(), record);
            }
            if (batch.last()) {
                records.addFinishedSplit(batch.from().shardId());
                shards.remove(batch.from().shardId());
            }
            bytes += batch.bytes();
            batch.from().taken();
            batch = arrived.poll();
        }
        return new FetchedRecords(records.build(), budget, bytes);
    }

    private ShardReading.@Nullable Batch next() throws IOException {
        try {
            ShardReading.Batch batch = arrived.poll();
            return batch != null || woken ? batch : arrived.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for records", e);
        } finally {
            woken = false;
        }
    }

    @Override
    public void handleSplitsChanges(SplitsChange<ShardSplit> change) {
        if (change instanceof SplitsAddition<ShardSplit>) {
            for (ShardSplit split : change.splits()) {
                ShardReading shard = read(split, arrived::add);
                shards.put(split.shardId(), shard);
                shard.start();
            }
        } else if (change instanceof SplitsRemoval<ShardSplit>) {
            for (ShardSplit split : change.splits()) {
                ShardReading shard = shards.remove(split.shardId());
                if (shard != null) {
                    shard.stop();
                }
            }
        } else {
            throw new UnsupportedOperationException("unknown change " + change.getClass());
        }
    }

    @Override
    public void pauseOrResumeSplits(Collection<ShardSplit> toPause, Collection<ShardSplit> toResume) {
        toPause.forEach(split -> pause(split, true));
        toResume.forEach(split -> pause(split, false));
    }

    private void pause(ShardSplit split, boolean pausing) {
        ShardReading shard = shards.get(split.shardId());
        if (shard != null) {
            shard.pause(pausing);
        }
    }

    /** Returns the bytes that are held ahead of the task or are about to be. */
    long heldBytes() {
        return budget.taken();
    }

    @Override
    public void wakeUp() {
        woken = true;
    }

    @Override
    public void close() {
        shards.values().forEach(ShardReading::stop);
        executor.shutdownNow();
        closeClients();
    }
}
