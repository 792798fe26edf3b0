package io.millrace.ingest.api;

import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.CallContext;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.CreateStreamRequest;
import software.amazon.awssdk.services.kinesis.model.CreateStreamResponse;
import software.amazon.awssdk.services.kinesis.model.DeleteStreamRequest;
import software.amazon.awssdk.services.kinesis.model.DeleteStreamResponse;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamResponse;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryResponse;
import software.amazon.awssdk.services.kinesis.model.EncryptionType;
import software.amazon.awssdk.services.kinesis.model.EnhancedMetrics;
import software.amazon.awssdk.services.kinesis.model.ListStreamsRequest;
import software.amazon.awssdk.services.kinesis.model.ListStreamsResponse;
import software.amazon.awssdk.services.kinesis.model.StreamDescription;
import software.amazon.awssdk.services.kinesis.model.StreamMode;
import software.amazon.awssdk.services.kinesis.model.StreamModeDetails;
import software.amazon.awssdk.services.kinesis.model.StreamSummary;

/** {@code CreateStream}, {@code DeleteStream}, {@code DescribeStream}, {@code DescribeStreamSummary}, {@code ListStreams}. */
final class StreamHandlers {
    private static final int DEFAULT_SHARDS_SHOWN = 100;
    private static final int DEFAULT_STREAMS_SHOWN = 100;

    private final Streams streams;
    private final StreamRefs refs;
    private final Executor blocking;

    StreamHandlers(Streams streams, StreamRefs refs, Executor blocking) {
        this.streams = streams;
        this.refs = refs;
        this.blocking = blocking;
    }

    CompletionStage<CreateStreamResponse> create(CreateStreamRequest request, CallContext call) {
        StreamModeDetails mode = request.streamModeDetails();
        boolean onDemand = mode != null && mode.streamMode() == StreamMode.ON_DEMAND;
        Integer shardCount = request.shardCount();
        if (!onDemand && shardCount == null) {
            throw StreamErrors.invalidArgument("ShardCount is a required parameter for a stream in PROVISIONED mode.");
        }
        StreamKey key = new StreamKey(call.namespace(), request.streamName());
        return CompletableFuture.supplyAsync(
                () -> {
                    streams.create(key, shardCount == null ? 0 : shardCount, onDemand);
                    return CreateStreamResponse.builder().build();
                },
                blocking);
    }

    CompletionStage<DeleteStreamResponse> delete(DeleteStreamRequest request, CallContext call) {
        StreamKey key = refs.key(request.streamName(), request.streamARN(), call.namespace());
        return CompletableFuture.supplyAsync(
                () -> {
                    streams.delete(key, Boolean.TRUE.equals(request.enforceConsumerDeletion()));
                    return DeleteStreamResponse.builder().build();
                },
                blocking);
    }

    CompletionStage<DescribeStreamResponse> describe(DescribeStreamRequest request, CallContext call) {
        Stream stream = refs.stream(request.streamName(), request.streamARN(), call);
        int limit = request.limit() == null ? DEFAULT_SHARDS_SHOWN : request.limit();
        List<ShardInfo> after = after(stream.shards(), request.exclusiveStartShardId());
        return CompletableFuture.completedFuture(DescribeStreamResponse.builder()
                .streamDescription(StreamDescription.builder()
                        .streamName(stream.name())
                        .streamARN(stream.arn())
                        .streamStatus(stream.status().name())
                        .streamModeDetails(modeOf(stream))
                        .shards(after.stream()
                                .limit(limit)
                                .map(ShardShapes::shard)
                                .toList())
                        .hasMoreShards(after.size() > limit)
                        .retentionPeriodHours(stream.retentionHours())
                        .streamCreationTimestamp(Instant.ofEpochMilli(stream.createdEpochMillis()))
                        .enhancedMonitoring(noMetrics())
                        .encryptionType(EncryptionType.NONE)
                        .build())
                .build());
    }

    CompletionStage<DescribeStreamSummaryResponse> summarize(DescribeStreamSummaryRequest request, CallContext call) {
        Stream stream = refs.stream(request.streamName(), request.streamARN(), call);
        return CompletableFuture.completedFuture(DescribeStreamSummaryResponse.builder()
                .streamDescriptionSummary(summary -> summary.streamName(stream.name())
                        .streamARN(stream.arn())
                        .streamStatus(stream.status().name())
                        .streamModeDetails(modeOf(stream))
                        .retentionPeriodHours(stream.retentionHours())
                        .streamCreationTimestamp(Instant.ofEpochMilli(stream.createdEpochMillis()))
                        .enhancedMonitoring(noMetrics())
                        .encryptionType(EncryptionType.NONE)
                        .openShardCount(stream.openShards().size())
                        .consumerCount(stream.consumers().size())
                        .maxRecordSizeInKiB(stream.maxRecordKiB()))
                .build());
    }

    CompletionStage<ListStreamsResponse> list(ListStreamsRequest request, CallContext call) {
        int limit = request.limit() == null ? DEFAULT_STREAMS_SHOWN : request.limit();
        String token = request.nextToken();
        String after = token != null ? Tokens.open(token) : request.exclusiveStartStreamName();
        List<Stream> rest = streams.list(call.namespace()).stream()
                .filter(stream -> after == null || stream.name().compareTo(after) > 0)
                .toList();
        List<Stream> shown = rest.stream().limit(limit).toList();
        boolean more = rest.size() > shown.size();
        return CompletableFuture.completedFuture(ListStreamsResponse.builder()
                .streamNames(shown.stream().map(Stream::name).toList())
                .streamSummaries(shown.stream().map(StreamHandlers::inList).toList())
                .hasMoreStreams(more)
                .nextToken(more ? Tokens.seal(shown.get(shown.size() - 1).name()) : null)
                .build());
    }

    private static StreamSummary inList(Stream stream) {
        return StreamSummary.builder()
                .streamName(stream.name())
                .streamARN(stream.arn())
                .streamStatus(stream.status().name())
                .streamModeDetails(modeOf(stream))
                .streamCreationTimestamp(Instant.ofEpochMilli(stream.createdEpochMillis()))
                .build();
    }

    private static StreamModeDetails modeOf(Stream stream) {
        return StreamModeDetails.builder()
                .streamMode(stream.onDemand() ? StreamMode.ON_DEMAND : StreamMode.PROVISIONED)
                .build();
    }

    private static EnhancedMetrics noMetrics() {
        return EnhancedMetrics.builder().shardLevelMetrics(List.of()).build();
    }

    private static List<ShardInfo> after(List<ShardInfo> shards, @Nullable String exclusiveStart) {
        return exclusiveStart == null
                ? shards
                : shards.stream()
                        .filter(shard -> shard.id().compareTo(exclusiveStart) > 0)
                        .toList();
    }
}
