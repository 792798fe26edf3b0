package io.millrace.ingest.api;

import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamStatus;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.ShardFilter;

/**
 * {@code ListShards}: the shards of a stream in pages of up to 1,000, optionally filtered.
 *
 * <p>A token holds for five minutes, as on AWS.
 */
final class ListShardsHandler {
    private static final int MAX_PAGE = 1000;
    private static final Pattern MILLIS = Pattern.compile("(-?\\d{1,15})?");
    private static final List<String> FILTER_TYPES = List.of(
            "AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP");

    private final StreamRefs refs;
    private final InstantSource clock;

    ListShardsHandler(StreamRefs refs, InstantSource clock) {
        this.refs = refs;
        this.clock = clock;
    }

    void addTo(AwsJsonService service) {
        service.add(
                "ListShards",
                ListShardsRequest::builder,
                ListShardsRequest.class,
                Inputs.streamRef(Inputs.name(
                                Inputs.name(Constraints.none().range("MaxResults", 1, 10_000), "ExclusiveStartShardId")
                                        .required("ShardFilter.Type")
                                        .oneOf("ShardFilter.Type", FILTER_TYPES),
                                "ShardFilter.ShardId"))
                        .length("NextToken", 1, 1_048_576),
                this::handle);
    }

    /**
     * What a page goes on with.
     *
     * @param arn of the stream
     * @param after the last shard of the page before
     * @param filter as in the first request; tokens carry it, since later requests do not
     */
    private record Token(String arn, String after, String filter, String filterShard, String filterMillis) {
        static Token open(String text, InstantSource clock) {
            String[] parts = Tokens.openFresh(text, clock).split(" ", -1);
            if (parts.length != 5 || !MILLIS.matcher(parts[4]).matches()) {
                throw Tokens.invalid(text);
            }
            return new Token(parts[0], parts[1], parts[2], parts[3], parts[4]);
        }

        static Token of(Stream stream, ShardInfo last, @Nullable ShardFilter filter) {
            Instant time = filter == null ? null : filter.timestamp();
            String shard = filter == null ? null : filter.shardId();
            return new Token(
                    stream.arn(),
                    last.id(),
                    filter == null ? "" : filter.typeAsString(),
                    shard == null ? "" : shard,
                    time == null ? "" : Long.toString(time.toEpochMilli()));
        }

        String seal(InstantSource clock) {
            return Tokens.sealFresh(String.join(" ", arn, after, filter, filterShard, filterMillis), clock);
        }

        @Nullable
        ShardFilter shardFilter() {
            return filter.isEmpty()
                    ? null
                    : ShardFilter.builder()
                            .type(filter)
                            .shardId(filterShard.isEmpty() ? null : filterShard)
                            .timestamp(
                                    filterMillis.isEmpty() ? null : Instant.ofEpochMilli(Long.parseLong(filterMillis)))
                            .build();
        }
    }

    /** A token holds all that the first request of the pages has said. */
    private static void refuseBesideToken(ListShardsRequest request) {
        Tokens.refuseBeside("StreamName", request.streamName());
        Tokens.refuseBeside("StreamARN", request.streamARN());
        Tokens.refuseBeside("ExclusiveStartShardId", request.exclusiveStartShardId());
        Tokens.refuseBeside("StreamCreationTimestamp", request.streamCreationTimestamp());
        Tokens.refuseBeside("ShardFilter", request.shardFilter());
    }

    private CompletionStage<ListShardsResponse> handle(ListShardsRequest request, CallContext call) {
        Stream stream;
        String after;
        ShardFilter filter;
        if (request.nextToken() != null) {
            refuseBesideToken(request);
            Token token = Token.open(request.nextToken(), clock);
            stream = refs.stream(null, token.arn(), call);
            after = token.after();
            filter = token.shardFilter();
        } else {
            if (request.streamName() == null && request.streamARN() == null) {
                throw StreamErrors.invalidArgument("Either NextToken or StreamName should be provided.");
            }
            stream = refs.streamOf(request.streamName(), request.streamARN(), request.streamCreationTimestamp(), call);
            after = request.exclusiveStartShardId();
            filter = request.shardFilter();
        }
        if (stream.status() != StreamStatus.ACTIVE && stream.status() != StreamStatus.UPDATING) {
            throw StreamErrors.notActive(stream.key(), stream.status());
        }
        int limit = request.maxResults() == null ? MAX_PAGE : Math.min(MAX_PAGE, request.maxResults());
        Predicate<ShardInfo> passes = passing(filter, stream);
        List<ShardInfo> rest = stream.shards().stream()
                .filter(passes)
                .filter(shard -> after == null || shard.id().compareTo(after) > 0)
                .toList();
        List<ShardInfo> shown = rest.stream().limit(limit).toList();
        boolean more = rest.size() > shown.size();
        return CompletableFuture.completedFuture(ListShardsResponse.builder()
                .shards(shown.stream().map(ShardShapes::shard).toList())
                .nextToken(
                        more
                                ? Token.of(stream, shown.get(shown.size() - 1), filter)
                                        .seal(clock)
                                : null)
                .build());
    }

    private Predicate<ShardInfo> passing(@Nullable ShardFilter filter, Stream stream) {
        if (filter == null || filter.type() == null) {
            return shard -> true;
        }
        refuseIdle(filter);
        long trimmed =
                clock.millis() - Duration.ofHours(stream.retentionHours()).toMillis();
        return switch (filter.type()) {
            case AT_LATEST -> ShardInfo::isOpen;
            case AFTER_SHARD_ID -> after(filter.shardId());
            case AT_TRIM_HORIZON -> shard -> isOpenAt(stream, shard, trimmed);
            case FROM_TRIM_HORIZON -> shard -> isOpenFrom(shard, trimmed);
            case AT_TIMESTAMP -> {
                long time = timeOf(filter, stream);
                yield shard -> isOpenAt(stream, shard, time);
            }
            case FROM_TIMESTAMP -> {
                long time = timeOf(filter, stream);
                yield shard -> isOpenFrom(shard, time);
            }
            case UNKNOWN_TO_SDK_VERSION -> throw StreamErrors.invalidArgument("ShardFilter type is not valid.");
        };
    }

    /** @throws io.millrace.protocol.api.ServiceException if a filter has a member that its type does not look at */
    private static void refuseIdle(ShardFilter filter) {
        String type = filter.typeAsString();
        if (filter.shardId() != null && !type.equals("AFTER_SHARD_ID")) {
            throw StreamErrors.invalidArgument("ShardId cannot be specified for a ShardFilter of type " + type + ".");
        }
        if (filter.timestamp() != null && !type.endsWith("_TIMESTAMP")) {
            throw StreamErrors.invalidArgument("Timestamp cannot be specified for a ShardFilter of type " + type + ".");
        }
    }

    /**
     * Tells whether a shard took records at a moment. One of which no parent is known takes the place of all that were
     * before it, so that the shards of any moment have all hash keys.
     */
    private static boolean isOpenAt(Stream stream, ShardInfo shard, long epochMillis) {
        boolean opened = shard.openedEpochMillis() <= epochMillis || !hasParent(stream, shard);
        return opened && isOpenFrom(shard, epochMillis);
    }

    private static boolean hasParent(Stream stream, ShardInfo shard) {
        return isKnown(stream, shard.parentIndex()) || isKnown(stream, shard.adjacentParentIndex());
    }

    private static boolean isKnown(Stream stream, @Nullable Integer index) {
        return index != null && stream.shardAt(index) != null;
    }

    /** Tells whether a shard took records at a moment or later. */
    private static boolean isOpenFrom(ShardInfo shard, long epochMillis) {
        ShardInfo.Closing closing = shard.closing();
        return closing == null || closing.epochMillis() > epochMillis;
    }

    private static Predicate<ShardInfo> after(@Nullable String shardId) {
        if (shardId == null) {
            throw StreamErrors.invalidArgument("ShardId is required for a ShardFilter of type AFTER_SHARD_ID.");
        }
        return shard -> shard.id().compareTo(shardId) > 0;
    }

    /** A time before the stream's creation or before what is kept reads from the oldest record. */
    private long timeOf(ShardFilter filter, Stream stream) {
        Instant timestamp = filter.timestamp();
        if (timestamp == null) {
            throw StreamErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "Timestamp is required for a ShardFilter of type %s on stream %s.",
                    filter.typeAsString(),
                    stream.name()));
        }
        if (timestamp.toEpochMilli() > clock.millis()) {
            throw StreamErrors.invalidArgument(
                    String.format(Locale.ROOT, "The timestamp %s of the ShardFilter is in the future.", timestamp));
        }
        return timestamp.toEpochMilli();
    }
}
