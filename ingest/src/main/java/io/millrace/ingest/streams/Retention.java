package io.millrace.ingest.streams;

import io.millrace.durable.time.ExpiryClock;
import io.millrace.ingest.log.ShardLog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Forgets records that are older than their stream keeps them, and closed shards with their last record. */
final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final Duration SWEEP = Duration.ofMinutes(1);

    private final Streams streams;
    private final ShardLog log;
    private final ExpiryClock clock;
    private final AtomicBoolean sweeping = new AtomicBoolean();

    Retention(Streams streams, ShardLog log, ExpiryClock clock) {
        this.streams = streams;
        this.log = log;
        this.clock = clock;
    }

    /** @param blocking does what waits for the disk */
    void start(ScheduledExecutorService timer, Executor blocking) {
        timer.scheduleWithFixedDelay(() -> sweep(blocking), 0, SWEEP.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void sweep(Executor blocking) {
        if (sweeping.compareAndSet(false, true)) {
            blocking.execute(() -> {
                try {
                    expire();
                } finally {
                    sweeping.set(false);
                }
            });
        }
    }

    /** Looks at all streams once. One thread at a time. */
    synchronized void expire() {
        long now = clock.millis();
        clock.saveSometimes();
        for (Stream stream : streams.all()) {
            long before = now - Duration.ofHours(stream.retentionHours()).toMillis();
            for (ShardInfo shard : stream.shards()) {
                try {
                    log.trim(shard.logNumber(), before);
                } catch (IOException | RuntimeException e) { // the outermost frame of a task
                    LOG.error("stream {} {}: expired records could not be removed", stream.name(), shard.id(), e);
                }
            }
            try {
                forgetShards(stream, before);
            } catch (RuntimeException e) { // the outermost frame of a task
                LOG.error("stream {}: closed shards could not be forgotten", stream.name(), e);
            }
        }
    }

    private void forgetShards(Stream stream, long before) {
        if (stream.shards().stream().noneMatch(shard -> isForgotten(shard, before))) {
            return;
        }
        streams.change(stream.key(), now -> {
            List<ShardInfo> kept = now.shards().stream()
                    .filter(shard -> !isForgotten(shard, before))
                    .toList();
            return now.with(draft -> draft.shards = kept);
        });
    }

    /** Its parents go before it, since they were closed before. */
    private static boolean isForgotten(ShardInfo shard, long before) {
        ShardInfo.Closing closing = shard.closing();
        return closing != null && closing.epochMillis() < before;
    }
}
