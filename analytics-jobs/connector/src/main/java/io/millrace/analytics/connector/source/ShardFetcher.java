package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.CallFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ExpiredIteratorException;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;

/**
 * Polls one shard ahead of its reader: at most two batches wait to be taken, then fetching rests until one is. A call
 * is made once the {@link FetchBudget} of the reader has room for its answer.
 *
 * <p>While the shard has more, calls follow each other at once; at its tip they are spaced by the idle interval. A
 * throttled or unreachable endpoint is asked again with growing pauses and fails nothing: the position is kept. Every
 * step runs on the executor, one at a time.
 */
final class ShardFetcher implements ShardReading {
    private static final Logger LOG = LoggerFactory.getLogger(ShardFetcher.class);
    private static final int MAX_WAITING_BATCHES = 2;

    /** What the shards of a reader share. */
    record Shared(
            KinesisClient client,
            StreamRef stream,
            KinesisSource.Options options,
            ScheduledExecutorService executor,
            FetchBudget budget) {}

    private final String shardId;
    private final KinesisClient client;
    private final StreamRef stream;
    private final KinesisSource.Options options;
    private final ScheduledExecutorService executor;
    private final FetchBudget budget;
    private final long largestAnswer;
    private final Consumer<Batch> arrived;

    private StartFrom position;
    private @Nullable String iterator;
    private int failures;
    private long held;

    // Guarded by this.
    private int waiting;
    private boolean scheduled;
    private boolean paused;
    private boolean stopped;

    ShardFetcher(ShardSplit split, Shared shared, Consumer<Batch> arrived) {
        this.shardId = split.shardId();
        this.position = split.position();
        this.client = shared.client();
        this.stream = shared.stream();
        this.options = shared.options();
        this.executor = shared.executor();
        this.budget = shared.budget();
        this.largestAnswer = RecordSize.largestAnswer(options.maxRecords());
        this.arrived = arrived;
    }

    @Override
    public String shardId() {
        return shardId;
    }

    @Override
    public void start() {
        schedule(Duration.ZERO);
    }

    @Override
    public void taken() {
        synchronized (this) {
            waiting--;
        }
        schedule(Duration.ZERO);
    }

    @Override
    public void pause(boolean pausing) {
        synchronized (this) {
            paused = pausing;
        }
        schedule(Duration.ZERO);
    }

    @Override
    public synchronized void stop() {
        stopped = true;
    }

    private synchronized void schedule(Duration delay) {
        if (scheduled || stopped || paused || waiting >= MAX_WAITING_BATCHES) {
            return;
        }
        scheduled = true;
        try {
            executor.schedule(this::step, delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            stopped = true; // the reader is closing
        }
    }

    private void step() {
        if (budget.take(largestAnswer, this::granted)) {
            call();
        }
    }

    /** There is room in the budget now; runs on the thread that gave it back. */
    private void granted() {
        try {
            executor.execute(this::callUnlessHalted);
        } catch (RejectedExecutionException e) {
            stop(); // the reader is closing
        }
    }

    private void callUnlessHalted() {
        boolean halted;
        synchronized (this) {
            halted = stopped || paused;
            scheduled = !halted;
        }
        if (halted) {
            budget.giveBack(largestAnswer);
        } else {
            call();
        }
    }

    private void call() {
        held = largestAnswer;
        Duration next = attempt();
        if (held > 0) { // there was no answer
            budget.giveBack(held);
        }
        if (next == null) {
            return;
        }
        synchronized (this) {
            scheduled = false;
        }
        schedule(next);
    }

    /** Returns how long to wait before the next call; nothing if there is none. */
    private @Nullable Duration attempt() {
        try {
            Duration next = fetch();
            failures = 0;
            return next;
        } catch (ExpiredIteratorException e) {
            iterator = null;
            return Duration.ZERO;
        } catch (SdkException e) {
            failures++;
            Retry retry = iterator == null
                    ? options.calls().getIterator()
                    : options.calls().getRecords();
            if (CallFailure.of(e) != CallFailure.PASSING) {
                fail(ShardReading.unreadable(stream, shardId, e));
                return null;
            }
            if (retry.isSpent(failures)) {
                fail(e);
                return null;
            }
            LOG.warn("stream {} {}: call failed, asking again", stream.nameOrArn(), shardId, e);
            return retry.pauseAfter(failures);
        } catch (RuntimeException e) { // the outermost frame of a fetching thread
            fail(e);
            return null;
        }
    }

    private void fail(RuntimeException failure) {
        deliver(new Batch(this, List.of(), 0, true, failure));
        stop();
    }

    /** Makes one call and returns how long to wait before the next. */
    private Duration fetch() {
        String from = iterator;
        if (from == null) {
            from = newIterator();
            iterator = from;
        }
        String asked = from;
        GetRecordsResponse response =
                client.getRecords(request -> request.shardIterator(asked).limit(options.maxRecords()));
        List<KinesisRecord> records = response.records().stream()
                .map(record -> KinesisRecord.of(shardId, record))
                .toList();
        long bytes = RecordSize.of(records);
        budget.settle(held, bytes);
        held = 0;
        iterator = response.nextShardIterator();
        if (!records.isEmpty()) {
            position = StartFrom.after(records.get(records.size() - 1).sequenceNumber());
        }
        boolean last = iterator == null;
        if (last || !records.isEmpty()) {
            deliver(new Batch(this, records, bytes, last, null));
        }
        if (last) {
            stop();
        }
        Long behind = response.millisBehindLatest();
        Duration interval = options.calls().fetchInterval();
        boolean idle = behind == null || behind <= 0;
        return idle && options.idleInterval().compareTo(interval) > 0 ? options.idleInterval() : interval;
    }

    private void deliver(Batch batch) {
        synchronized (this) {
            waiting++;
        }
        arrived.accept(batch);
    }

    private String newIterator() {
        Long time = position.epochMillis();
        return client.getShardIterator(request -> request.streamName(stream.name())
                        .streamARN(stream.arn())
                        .shardId(shardId)
                        .shardIteratorType(position.type().name())
                        .startingSequenceNumber(position.sequenceNumber())
                        .timestamp(time == null ? null : Instant.ofEpochMilli(time)))
                .shardIterator();
    }
}
