package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.flink.connector.base.source.reader.RecordsBySplits;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsRemoval;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/**
 * Gathers what the {@link ShardFetcher}s of a task have fetched ahead. The shards are polled side by side, so that one
 * slow answer delays no other shard. What they hold together is bounded by the {@link FetchBudget}, from the call until the
 * task has the records.
 */
final class PollingSplitReader implements SplitReader<KinesisRecord, ShardSplit> {
    private static final int THREADS = 4;
    private static final long WAIT_MILLIS = 500;

    private final KinesisClient client;
    private final StreamRef stream;
    private final ScheduledThreadPoolExecutor executor;
    private final FetchBudget budget;
    private final ShardFetcher.Shared shared;
    private final Map<String, ShardFetcher> fetchers = new HashMap<>();
    private final BlockingQueue<ShardFetcher.Batch> arrived = new LinkedBlockingQueue<>();
    private volatile boolean woken;

    PollingSplitReader(Connection connection, StreamRef stream, KinesisSource.Options options) {
        this.client = connection.open();
        this.stream = stream;
        this.executor = new ScheduledThreadPoolExecutor(THREADS, task -> {
            Thread thread = new Thread(task, "kinesis-fetch " + stream.nameOrArn());
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        this.budget = new FetchBudget(options.aheadBytes());
        this.shared = new ShardFetcher.Shared(client, stream, options, executor, budget);
    }

    @Override
    public RecordsWithSplitIds<KinesisRecord> fetch() throws IOException {
        RecordsBySplits.Builder<KinesisRecord> records = new RecordsBySplits.Builder<>();
        long bytes = 0;
        ShardFetcher.Batch batch = next();
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
                fetchers.remove(batch.from().shardId());
            }
            bytes += batch.bytes();
            batch.from().taken();
            batch = arrived.poll();
        }
        return new FetchedRecords(records.build(), budget, bytes);
    }

    private ShardFetcher.@Nullable Batch next() throws IOException {
        try {
            ShardFetcher.Batch batch = arrived.poll();
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
                ShardFetcher fetcher = new ShardFetcher(split, shared, arrived::add);
                fetchers.put(split.shardId(), fetcher);
                fetcher.start();
            }
        } else if (change instanceof SplitsRemoval<ShardSplit>) {
            for (ShardSplit split : change.splits()) {
                ShardFetcher fetcher = fetchers.remove(split.shardId());
                if (fetcher != null) {
                    fetcher.stop();
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
        ShardFetcher fetcher = fetchers.get(split.shardId());
        if (fetcher != null) {
            fetcher.pause(pausing);
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
        executor.shutdownNow();
        client.close();
    }
}
