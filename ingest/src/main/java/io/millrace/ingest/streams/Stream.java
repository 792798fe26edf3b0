package io.millrace.ingest.streams;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the node knows of a stream. Immutable; {@link Streams} replaces it.
 *
 * @param onDemand the capacity mode
 * @param distribution by what a record's shard is chosen; absent in documents of before it was kept
 * @param internal kept by another part of the node and left out of ListStreams
 * @param maxRecordKiB how large the data of one record may be
 * @param warmThroughputMiBps what an on-demand stream is to be ready for; absent when never asked for
 * @param encryptionKey the key under which records are encrypted at rest, as its user named it; absent when they are
 *     not
 * @param shardLevelMetrics the names of the metrics that are kept for each shard
 * @param policy the resource policy, a JSON document; absent when there is none
 * @param shards by their index in ascending order, closed ones included
 * @param resharding what has to become of the shards while the stream is UPDATING; absent when nothing
 */
public record Stream(
        StreamKey key,
        long createdEpochMillis,
        StreamStatus status,
        boolean onDemand,
        Distribution distribution,
        boolean internal,
        int retentionHours,
        int maxRecordKiB,
        @Nullable Integer warmThroughputMiBps,
        @Nullable String encryptionKey,
        List<String> shardLevelMetrics,
        Map<String, String> tags,
        @Nullable String policy,
        List<ShardInfo> shards,
        List<StreamConsumer> consumers,
        @Nullable Resharding resharding) {

    public Stream {
        distribution = Objects.requireNonNullElse(distribution, Distribution.USER_PARTITION_KEY);
        shardLevelMetrics = List.copyOf(shardLevelMetrics);
        tags = Map.copyOf(tags);
        shards = List.copyOf(shards);
        consumers = List.copyOf(consumers);
    }

    public String name() {
        return key.name();
    }

    public String arn() {
        return key.arn();
    }

    public List<ShardInfo> openShards() {
        return shards.stream().filter(ShardInfo::isOpen).toList();
    }

    /** @throws io.millrace.protocol.api.ServiceException if the stream has no such shard */
    public ShardInfo shard(String shardId) {
        ShardInfo found = shardAt(ShardInfo.indexOf(shardId));
        if (found == null || !found.id().equals(shardId)) {
            throw StreamErrors.shardNotFound(key, shardId);
        }
        return found;
    }

    /** Returns the shard of an index; nothing when there is none or it is forgotten with its last record. */
    public @Nullable ShardInfo shardAt(int index) {
        int low = 0;
        int high = shards.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int found = shards.get(middle).index();
            if (found == index) {
                return shards.get(middle);
            }
            if (found < index) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return null;
    }

    /** Returns the shards into which a closed shard was split or merged; none while it is open. */
    public List<ShardInfo> childrenOf(ShardInfo shard) {
        return shards.stream().filter(child -> child.isChildOf(shard)).toList();
    }

    /** Plans to split an open shard. @throws io.millrace.protocol.api.ServiceException if that is not possible */
    public Resharding split(String shardId, String newStartingHashKey) {
        return Resharding.by(List.of(ReshardingPlan.split(this, shardId, newStartingHashKey)));
    }

    /**
     * @throws io.millrace.protocol.api.ServiceException if the key does not lie within the shard, whatever its state
     */
    public void refuseSplit(String shardId, String newStartingHashKey) {
        ReshardingPlan.refuseKey(this, shard(shardId), newStartingHashKey);
    }

    /**
     * @throws io.millrace.protocol.api.ServiceException if the second does not follow the first, whatever their state
     */
    public void refuseMerge(String shardId, String adjacentShardId) {
        ReshardingPlan.refuseStrangers(this, shard(shardId), shard(adjacentShardId));
    }

    /** Plans to merge neighbours. @throws io.millrace.protocol.api.ServiceException if that is not possible */
    public Resharding merge(String shardId, String adjacentShardId) {
        return Resharding.by(List.of(ReshardingPlan.merge(this, shardId, adjacentShardId)));
    }

    /**
     * Plans so many shards of the same width. @throws io.millrace.protocol.api.ServiceException if they are too many or
     * few
     */
    public Resharding scaleTo(int targetShards) {
        int open = openShards().size();
        if (targetShards > 2 * open || 2 * targetShards < open) {
            throw StreamErrors.limitExceeded(String.format(
                    Locale.ROOT,
                    "UpdateShardCount cannot scale %s your current open shard count. Current open shard count: %d, Target shard count: %d",
                    targetShards > open ? "up over double" : "down below half",
                    open,
                    targetShards));
        }
        return Resharding.to(targetShards);
    }

    public Optional<StreamConsumer> consumer(String consumerName) {
        return consumers.stream().filter(c -> c.name().equals(consumerName)).findFirst();
    }

    /** Returns this stream with some members changed. */
    Stream with(Consumer<StreamDraft> change) {
        StreamDraft draft = new StreamDraft(this);
        change.accept(draft);
        return draft.toStream();
    }
}
