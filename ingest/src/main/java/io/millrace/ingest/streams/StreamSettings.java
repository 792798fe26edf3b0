package io.millrace.ingest.streams;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Changes what streams and consumers are set to. A change is durable when its call returns; those that AWS makes behind
 * an UPDATING state pass through it here, too. Thread-safe; every call may wait for the disk.
 */
public final class StreamSettings {
    private final Streams streams;

    public StreamSettings(Streams streams) {
        this.streams = streams;
    }

    /**
     * Begins to split or merge shards.
     *
     * @param plan what is to be done with the stream as it is; it refuses what cannot be
     */
    public void reshard(StreamKey key, Function<Stream, Resharding> plan) {
        streams.updateSlowly(key, stream -> planned(stream, plan));
    }

    /**
     * As the other, for a plan of UpdateShardCount.
     *
     * @return the stream before
     */
    public Stream scale(StreamKey key, Function<Stream, Resharding> plan) {
        return streams.updateSlowly(key, DailyChanges.Kind.SHARD_COUNT, stream -> planned(stream, plan))
                .before();
    }

    private Stream planned(Stream stream, Function<Stream, Resharding> plan) {
        Resharding resharding = plan.apply(stream);
        streams.refuseMoreShards(stream, resharding);
        return stream.with(draft -> draft.resharding = resharding);
    }

    /**
     * Changes the capacity mode.
     *
     * @param warmThroughputMiBps what an on-demand stream is to be ready for: a shard for each MiB/s; absent for as
     *     before
     */
    public void setMode(StreamKey key, boolean onDemand, @Nullable Integer warmThroughputMiBps) {
        streams.updateSlowly(
                key,
                DailyChanges.Kind.CAPACITY_MODE,
                stream -> withCapacity(
                        stream,
                        onDemand,
                        onDemand && warmThroughputMiBps == null ? stream.warmThroughputMiBps() : warmThroughputMiBps));
    }

    /** Changes what an on-demand stream is to be ready for, and returns the stream afterwards. */
    public Stream setWarmThroughput(StreamKey key, int warmThroughputMiBps) {
        return streams.updateSlowly(key, stream -> withCapacity(stream, true, warmThroughputMiBps))
                .after();
    }

    private static Stream withCapacity(Stream stream, boolean onDemand, @Nullable Integer warmThroughputMiBps) {
        StreamErrors.refuseDistribution(stream.distribution(), onDemand);
        return stream.with(draft -> {
            draft.onDemand = onDemand;
            draft.warmThroughputMiBps = warmThroughputMiBps;
            if (warmThroughputMiBps != null
                    && warmThroughputMiBps > stream.openShards().size()) {
                draft.resharding = Resharding.to(warmThroughputMiBps);
            }
        });
    }

    /** Changes how the records to come are distributed over the shards, at once. */
    public void setDistribution(StreamKey key, Distribution distribution) {
        streams.update(key, stream -> {
            StreamErrors.refuseDistribution(distribution, stream.onDemand());
            return stream.with(draft -> draft.distribution = distribution);
        });
    }

    /** Changes how large the data of one record may be. */
    public void setMaxRecordSize(StreamKey key, int kib) {
        streams.updateSlowly(key, stream -> stream.with(draft -> draft.maxRecordKiB = kib));
    }

    /** Changes how long records are kept; what is older than a shorter time goes at once. */
    public void setRetention(StreamKey key, int hours) {
        streams.updateSlowly(key, stream -> stream.with(draft -> draft.retentionHours = hours));
        streams.expireNow();
    }

    /** Has records encrypted at rest from now on, under a key as the user names it; or not any more. */
    public void setEncryption(StreamKey key, @Nullable String encryptionKey) {
        streams.updateSlowly(
                key, DailyChanges.Kind.ENCRYPTION, stream -> stream.with(draft -> draft.encryptionKey = encryptionKey));
    }

    /**
     * Changes which metrics are kept for each shard.
     *
     * @return those before and those after, by name
     */
    public MetricsChange updateShardLevelMetrics(StreamKey key, UnaryOperator<List<String>> change) {
        Streams.Update update = streams.updateSlowly(key, stream -> {
            List<String> wanted = change.apply(stream.shardLevelMetrics());
            return stream.with(draft -> draft.shardLevelMetrics = wanted);
        });
        return new MetricsChange(
                update.before().shardLevelMetrics(), update.after().shardLevelMetrics());
    }

    /** What a change of the metrics has changed. */
    public record MetricsChange(List<String> before, List<String> after) {}

    /** Changes the tags of a stream, or of one of its consumers. */
    public void updateTags(StreamKey key, @Nullable String consumer, UnaryOperator<Map<String, String>> change) {
        update(
                key,
                consumer,
                stream -> {
                    Map<String, String> tags = change.apply(stream.tags());
                    return stream.with(draft -> draft.tags = tags);
                },
                registered -> registered.withTags(change.apply(registered.tags())));
    }

    /** Changes the resource policy of a stream, or of one of its consumers. */
    public void setPolicy(StreamKey key, @Nullable String consumer, @Nullable String policy) {
        update(
                key,
                consumer,
                stream -> stream.with(draft -> draft.policy = policy),
                registered -> registered.withPolicy(policy));
    }

    private void update(
            StreamKey key,
            @Nullable String consumer,
            UnaryOperator<Stream> ofStream,
            UnaryOperator<StreamConsumer> ofConsumer) {
        streams.update(key, stream -> {
            if (consumer == null) {
                return ofStream.apply(stream);
            }
            StreamConsumer registered =
                    stream.consumer(consumer).orElseThrow(() -> StreamErrors.consumerNotFound(consumer, key));
            StreamConsumer changed = ofConsumer.apply(registered);
            return stream.with(draft -> draft.put(changed));
        });
    }
}
