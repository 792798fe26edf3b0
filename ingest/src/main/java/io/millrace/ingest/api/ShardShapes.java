package io.millrace.ingest.api;

import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.StartPosition;
import io.millrace.ingest.streams.Stream;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.ChildShard;
import software.amazon.awssdk.services.kinesis.model.HashKeyRange;
import software.amazon.awssdk.services.kinesis.model.Shard;

/** Shards, records and positions in the shapes of the API. */
final class ShardShapes {
    private ShardShapes() {}

    static Shard shard(ShardInfo shard) {
        ShardInfo.Closing closing = shard.closing();
        return Shard.builder()
                .shardId(shard.id())
                .parentShardId(idOf(shard.parentIndex()))
                .adjacentParentShardId(idOf(shard.adjacentParentIndex()))
                .hashKeyRange(range(shard))
                .sequenceNumberRange(range -> range.startingSequenceNumber(shard.startingSequenceNumber())
                        .endingSequenceNumber(
                                closing == null
                                        ? null
                                        : shard.sequenceNumber(closing.endOffset(), closing.epochMillis())))
                .build();
    }

    private static HashKeyRange range(ShardInfo shard) {
        return HashKeyRange.builder()
                .startingHashKey(shard.range().start().toString())
                .endingHashKey(shard.range().end().toString())
                .build();
    }

    private static @Nullable String idOf(@Nullable Integer index) {
        return index == null ? null : ShardInfo.idOf(index);
    }

    /** Returns what readers of a closed shard go on with. */
    static List<ChildShard> children(Stream stream, ShardInfo shard) {
        return stream.childrenOf(shard).stream().map(ShardShapes::child).toList();
    }

    private static ChildShard child(ShardInfo shard) {
        List<String> parents = java.util.stream.Stream.of(idOf(shard.parentIndex()), idOf(shard.adjacentParentIndex()))
                .filter(Objects::nonNull)
                .toList();
        return ChildShard.builder()
                .shardId(shard.id())
                .parentShards(parents)
                .hashKeyRange(range(shard))
                .build();
    }

    /**
     * @throws io.millrace.protocol.api.ServiceException if the members contradict each other, or the time has not come
     */
    static StartPosition position(
            String type, @Nullable String sequenceNumber, @Nullable Instant timestamp, long nowEpochMillis) {
        StartPosition position = new StartPosition(
                StartPosition.Type.valueOf(type), sequenceNumber, timestamp == null ? null : timestamp.toEpochMilli());
        position.refuseContradiction(nowEpochMillis);
        return position;
    }
}
