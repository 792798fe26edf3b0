package io.millrace.ingest.api;

import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.protocol.api.CallContext;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.ShardFilter;

/**
 * {@code ListShards}: the shards of a stream in pages of up to 1,000, optionally filtered.
 *
 * <p>A token holds the stream's ARN and the last shard shown.
 */
final class ListShardsHandler {
    private static final int MAX_PAGE = 1000;

    private final StreamRefs refs;

    ListShardsHandler(StreamRefs refs) {
        this.refs = refs;
    }

    CompletionStage<ListShardsResponse> handle(ListShardsRequest request, CallContext call) {
        String token = request.nextToken();
        Stream stream;
        String after;
        if (token != null) {
            if (request.streamName() != null) {
                throw StreamErrors.invalidArgument("NextToken and StreamName cannot be provided together.");
            }
            String[] parts = Tokens.open(token).split(" ", -1);
            stream = refs.stream(null, parts[0], call);
            after = parts[parts.length - 1];
        } else {
            stream = refs.stream(request.streamName(), request.streamARN(), call);
            after = request.exclusiveStartShardId();
        }
        int limit = request.maxResults() == null ? MAX_PAGE : Math.min(MAX_PAGE, request.maxResults());
        List<ShardInfo> rest = stream.shards().stream()
                .filter(passing(request.shardFilter(), stream))
                .filter(shard -> after == null || shard.id().compareTo(after) > 0)
                .toList();
        List<ShardInfo> shown = rest.stream().limit(limit).toList();
        boolean more = rest.size() > shown.size();
        return CompletableFuture.completedFuture(ListShardsResponse.builder()
                .shards(shown.stream().map(ShardShapes::shard).toList())
                .nextToken(
                        more
                                ? Tokens.seal(stream.arn() + " "
                                        + shown.get(shown.size() - 1).id())
                                : null)
                .build());
    }

    private static Predicate<ShardInfo> passing(@Nullable ShardFilter filter, Stream stream) {
        if (filter == null || filter.type() == null) {
            return shard -> true;
        }
        return switch (filter.type()) {
            case AT_LATEST -> ShardInfo::isOpen;
            case AFTER_SHARD_ID -> after(filter.shardId());
            case AT_TRIM_HORIZON, FROM_TRIM_HORIZON -> shard -> true;
            case AT_TIMESTAMP -> openAt(filter.timestamp(), stream);
            case FROM_TIMESTAMP -> shard -> true;
            case UNKNOWN_TO_SDK_VERSION -> throw StreamErrors.invalidArgument("ShardFilter type is not valid.");
        };
    }

    private static Predicate<ShardInfo> after(@Nullable String shardId) {
        if (shardId == null) {
            throw StreamErrors.invalidArgument("ShardId is required for a ShardFilter of type AFTER_SHARD_ID.");
        }
        return shard -> shard.id().compareTo(shardId) > 0;
    }

    private static Predicate<ShardInfo> openAt(@Nullable Instant timestamp, Stream stream) {
        if (timestamp == null) {
            throw StreamErrors.invalidArgument(
                    "Timestamp is required for a ShardFilter of type AT_TIMESTAMP on stream %s."
                            .formatted(stream.name()));
        }
        return shard -> shard.createdSecond() <= timestamp.getEpochSecond();
    }
}
