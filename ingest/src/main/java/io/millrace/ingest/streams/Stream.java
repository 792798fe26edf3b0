package io.millrace.ingest.streams;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the node knows of a stream. Immutable; {@link Streams} replaces it.
 *
 * @param onDemand the capacity mode
 * @param internal kept by another part of the node and left out of ListStreams
 * @param shards in the order of their index, closed ones included
 */
public record Stream(
        StreamKey key,
        long createdEpochMillis,
        StreamStatus status,
        boolean onDemand,
        boolean internal,
        int retentionHours,
        int maxRecordKiB,
        List<ShardInfo> shards,
        List<Consumer> consumers) {

    public Stream {
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
        return shards.stream()
                .filter(shard -> shard.id().equals(shardId))
                .findFirst()
                .orElseThrow(() -> StreamErrors.shardNotFound(key, shardId));
    }

    public Optional<Consumer> consumer(String consumerName) {
        return consumers.stream().filter(c -> c.name().equals(consumerName)).findFirst();
    }

    Stream withStatus(StreamStatus newStatus) {
        return new Stream(
                key,
                createdEpochMillis,
                newStatus,
                onDemand,
                internal,
                retentionHours,
                maxRecordKiB,
                shards,
                consumers);
    }

    Stream withRetention(int hours) {
        return new Stream(key, createdEpochMillis, status, onDemand, internal, hours, maxRecordKiB, shards, consumers);
    }

    /** Returns this stream with a consumer added, or replaced by its name. */
    Stream withConsumer(Consumer consumer) {
        return withConsumers(without(consumer.name()), consumer);
    }

    Stream withoutConsumer(String consumerName) {
        return withConsumers(without(consumerName));
    }

    private List<Consumer> without(String consumerName) {
        return consumers.stream().filter(c -> !c.name().equals(consumerName)).toList();
    }

    private Stream withConsumers(List<Consumer> kept, Consumer... added) {
        List<Consumer> all = new ArrayList<>(kept);
        all.addAll(List.of(added));
        return new Stream(
                key, createdEpochMillis, status, onDemand, internal, retentionHours, maxRecordKiB, shards, all);
    }
}
