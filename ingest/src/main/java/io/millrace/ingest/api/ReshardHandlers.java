package io.millrace.ingest.api;

import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.StreamSettings;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.ServiceException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import software.amazon.awssdk.services.kinesis.model.MergeShardsRequest;
import software.amazon.awssdk.services.kinesis.model.MergeShardsResponse;
import software.amazon.awssdk.services.kinesis.model.SplitShardRequest;
import software.amazon.awssdk.services.kinesis.model.SplitShardResponse;
import software.amazon.awssdk.services.kinesis.model.UpdateShardCountRequest;
import software.amazon.awssdk.services.kinesis.model.UpdateShardCountResponse;

/** {@code SplitShard}, {@code MergeShards}, {@code UpdateShardCount}: for streams in provisioned mode. */
final class ReshardHandlers {
    private final StreamSettings settings;
    private final StreamRefs refs;
    private final Changes changes;

    ReshardHandlers(StreamSettings settings, StreamRefs refs, Changes changes) {
        this.settings = settings;
        this.refs = refs;
        this.changes = changes;
    }

    void addTo(AwsJsonService service) {
        service.add(
                "SplitShard",
                SplitShardRequest::builder,
                SplitShardRequest.class,
                Inputs.name(
                        Inputs.streamRef(Constraints.none()
                                        .required("NewStartingHashKey")
                                        .pattern("NewStartingHashKey", Inputs.HASH_KEY_PATTERN))
                                .required("ShardToSplit"),
                        "ShardToSplit"),
                this::split);
        service.add(
                "MergeShards",
                MergeShardsRequest::builder,
                MergeShardsRequest.class,
                Inputs.streamRef(Inputs.name(
                        Inputs.name(Constraints.none().required("ShardToMerge"), "ShardToMerge")
                                .required("AdjacentShardToMerge"),
                        "AdjacentShardToMerge")),
                this::merge);
        service.add(
                "UpdateShardCount",
                UpdateShardCountRequest::builder,
                UpdateShardCountRequest.class,
                Inputs.streamRef(Constraints.none()
                                .required("ScalingType")
                                .oneOf("ScalingType", List.of("UNIFORM_SCALING")))
                        .required("TargetShardCount")
                        .range("TargetShardCount", 1, CapacityHandlers.MAX_SHARDS),
                this::updateCount);
    }

    private CompletionStage<SplitShardResponse> split(SplitShardRequest request, CallContext call) {
        StreamKey key = refs.key(request.streamName(), request.streamARN(), call);
        String shard = StreamRefs.shardId(key, request.shardToSplit());
        Stream stream = refs.toReshard(key, shard);
        stream.refuseSplit(shard, request.newStartingHashKey());
        return changes.run(
                () -> settings.reshard(
                        stream.key(), now -> provisioned(now).split(shard, request.newStartingHashKey())),
                () -> SplitShardResponse.builder().build());
    }

    private CompletionStage<MergeShardsResponse> merge(MergeShardsRequest request, CallContext call) {
        StreamKey key = refs.key(request.streamName(), request.streamARN(), call);
        String shard = StreamRefs.shardId(key, request.shardToMerge());
        String adjacent = StreamRefs.shardId(key, request.adjacentShardToMerge());
        Stream stream = refs.toReshard(key, shard, adjacent);
        stream.refuseMerge(shard, adjacent);
        return changes.run(
                () -> settings.reshard(stream.key(), now -> provisioned(now).merge(shard, adjacent)),
                () -> MergeShardsResponse.builder().build());
    }

    private CompletionStage<UpdateShardCountResponse> updateCount(UpdateShardCountRequest request, CallContext call) {
        StreamKey key =
                refs.stream(request.streamName(), request.streamARN(), call).key();
        int target = request.targetShardCount();
        return changes.supply(() -> {
            Stream before = settings.scale(key, now -> provisioned(now).scaleTo(target));
            return UpdateShardCountResponse.builder()
                    .streamName(key.name())
                    .streamARN(key.arn())
                    .currentShardCount(before.openShards().size())
                    .targetShardCount(target)
                    .build();
        });
    }

    private static Stream provisioned(Stream stream) {
        if (stream.onDemand()) {
            throw ServiceException.validation(String.format(
                    Locale.ROOT,
                    "Request is invalid. Stream %s under account %s is in On-Demand mode.",
                    stream.name(),
                    stream.key().namespace().account()));
        }
        return stream;
    }
}
