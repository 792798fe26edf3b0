package io.millrace.ingest.streams;

import io.millrace.ingest.streams.Resharding.Replacement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives on-demand streams the shards that their load needs: room for twice what they take (AWS, "On-demand mode
 * features and use cases"). A shard that takes more than half of its throughput is split; neighbours that have taken
 * next to nothing for a day are merged again.
 *
 * <p>Splitting helps against many keys and not against a single one, so that a shard of a small part of the hash keys
 * is left as it is. One thread at a time.
 */
final class OnDemandScaling {
    private static final Logger LOG = LoggerFactory.getLogger(OnDemandScaling.class);
    private static final Duration EVERY = Duration.ofSeconds(10);
    private static final double SPLIT_ABOVE = 0.5;
    private static final double MERGE_BELOW = 0.125;
    private static final Duration QUIET = Duration.ofHours(24);
    private static final int LEAST_SHARDS = 4;
    private static final int MOST_SHARDS = 10_000;

    /** Of the whole space, so many of the narrowest ranges that are split. */
    private static final int NARROWEST_SHIFT = 14;

    private final Streams streams;
    private final LongSupplier nanos;
    private final Map<Long, Load> loads = new HashMap<>();

    /** @param nanos a clock as {@link System#nanoTime} */
    OnDemandScaling(Streams streams, LongSupplier nanos) {
        this.streams = streams;
        this.nanos = nanos;
    }

    void start(ScheduledExecutorService timer, Executor blocking) {
        timer.scheduleWithFixedDelay(
                () -> blocking.execute(this::look), EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What a shard has taken up to the last look. */
    private static final class Load {
        private long records;
        private long bytes;
        private long lookedAt;
        private long busyAt;
        private double use;

        Load(ShardTraffic traffic, long now) {
            this.records = traffic.recordsIn();
            this.bytes = traffic.bytesIn();
            this.lookedAt = now;
            this.busyAt = now;
        }

        void look(ShardTraffic traffic, long now) {
            double seconds = Math.max(1, (now - lookedAt) / 1e9);
            double ofRecords = (traffic.recordsIn() - records) / seconds / ShardTraffic.RECORDS_PER_SECOND;
            double ofBytes = (traffic.bytesIn() - bytes) / seconds / ShardTraffic.BYTES_PER_SECOND;
            use = Math.max(ofRecords, ofBytes);
            records = traffic.recordsIn();
            bytes = traffic.bytesIn();
            lookedAt = now;
            if (use >= MERGE_BELOW) {
                busyAt = now;
            }
        }

        boolean isQuiet(long now) {
            return now - busyAt >= QUIET.toNanos();
        }
    }

    /** Looks at all on-demand streams once. */
    synchronized void look() {
        long now = nanos.getAsLong();
        Set<Long> known = new HashSet<>();
        for (Stream stream : streams.all()) {
            if (stream.onDemand()) {
                for (ShardInfo shard : stream.openShards()) {
                    known.add(shard.logNumber());
                    ShardTraffic traffic = streams.traffic(shard);
                    Load load = loads.get(shard.logNumber());
                    if (load == null) {
                        loads.put(shard.logNumber(), new Load(traffic, now)); // a rate needs two looks
                    } else {
                        load.look(traffic, now);
                    }
                }
                scale(stream, now);
            }
        }
        loads.keySet().retainAll(known);
    }

    private void scale(Stream stream, long now) {
        List<Replacement> splits = splits(stream);
        List<Replacement> wanted = splits.isEmpty() ? merges(stream, now) : splits;
        if (wanted.isEmpty() || stream.status() != StreamStatus.ACTIVE) {
            return;
        }
        try {
            streams.updateSlowly(stream.key(), found -> {
                if (!found.onDemand()) {
                    throw new IllegalStateException("is not on demand any more");
                }
                return found.with(draft -> draft.resharding = Resharding.by(wanted));
            });
            LOG.info(
                    "stream {}: {} {} of {} shards, as its load wants",
                    stream.name(),
                    splits.isEmpty() ? "merging pairs" : "splitting",
                    wanted.size(),
                    stream.openShards().size());
        } catch (RuntimeException e) { // the outermost frame of a task; it is looked at again
            LOG.warn("stream {}: could not be scaled", stream.name(), e);
        }
    }

    private List<Replacement> splits(Stream stream) {
        List<ShardInfo> open = stream.openShards();
        List<Replacement> splits = new ArrayList<>();
        for (ShardInfo shard : open) {
            Load load = loads.get(shard.logNumber());
            if (load != null && load.use > SPLIT_ABOVE && isWide(shard) && open.size() + splits.size() < MOST_SHARDS) {
                splits.add(ReshardingPlan.halve(shard));
            }
        }
        return splits;
    }

    private static boolean isWide(ShardInfo shard) {
        return shard.range().span().bitLength() > 128 - NARROWEST_SHIFT;
    }

    private List<Replacement> merges(Stream stream, long now) {
        List<ShardInfo> open = stream.openShards().stream()
                .sorted(Comparator.comparing(shard -> shard.range().start()))
                .toList();
        Integer warm = stream.warmThroughputMiBps();
        int least = Math.max(LEAST_SHARDS, warm == null ? 0 : warm);
        List<Replacement> merges = new ArrayList<>();
        for (int i = 1; i < open.size() && open.size() - merges.size() > least; i++) {
            if (isQuiet(open.get(i - 1), now) && isQuiet(open.get(i), now)) {
                merges.add(ReshardingPlan.join(open.get(i - 1), open.get(i)));
                i++; // both are taken
            }
        }
        return merges;
    }

    private boolean isQuiet(ShardInfo shard, long now) {
        Load load = loads.get(shard.logNumber());
        return load != null && load.isQuiet(now);
    }
}
