package io.millrace.ingest.api;

import io.millrace.ingest.streams.Distribution;
import io.millrace.ingest.streams.NewStream;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.CreateStreamRequest;
import software.amazon.awssdk.services.kinesis.model.CreateStreamResponse;
import software.amazon.awssdk.services.kinesis.model.DeleteStreamRequest;
import software.amazon.awssdk.services.kinesis.model.DeleteStreamResponse;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamResponse;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryResponse;
import software.amazon.awssdk.services.kinesis.model.ListStreamsRequest;
import software.amazon.awssdk.services.kinesis.model.ListStreamsResponse;
import software.amazon.awssdk.services.kinesis.model.StreamMode;
import software.amazon.awssdk.services.kinesis.model.StreamModeDetails;

/**
 * {@code CreateStream}, {@code DeleteStream}, {@code DescribeStream}, {@code DescribeStreamSummary},
 * {@code ListStreams}.
 */
final class StreamHandlers {
    private static final int DEFAULT_SHARDS_SHOWN = 100;
    private static final int DEFAULT_STREAMS_SHOWN = 100;

    private final Streams streams;
    private final StreamRefs refs;
    private final Changes changes;

    StreamHandlers(Streams streams, StreamRefs refs, Changes changes) {
        this.streams = streams;
        this.refs = refs;
        this.changes = changes;
    }

    void addTo(AwsJsonService service) {
        service.add(
                "CreateStream",
                CreateStreamRequest::builder,
                CreateStreamRequest.class,
                Inputs.name(
                        TagRules.tags(Constraints.none()
                                        .range("ShardCount", 1, CapacityHandlers.MAX_SHARDS)
                                        .required("StreamModeDetails.StreamMode")
                                        .oneOf("StreamModeDetails.StreamMode", CapacityHandlers.MODES)
                                        .range("WarmThroughputMiBps", 0, Integer.MAX_VALUE)
                                        .range(
                                                "MaxRecordSizeInKiB",
                                                CapacityHandlers.MIN_RECORD_KIB,
                                                CapacityHandlers.MAX_RECORD_KIB)
                                        .oneOf("RecordDistributionStrategy", CapacityHandlers.DISTRIBUTIONS))
                                .required("StreamName"),
                        "StreamName"),
                this::create);
        service.add(
                "DeleteStream",
                DeleteStreamRequest::builder,
                DeleteStreamRequest.class,
                Inputs.streamRef(),
                this::delete);
        service.add(
                "DescribeStream",
                DescribeStreamRequest::builder,
                DescribeStreamRequest.class,
                Inputs.streamRef(Inputs.name(Constraints.none().range("Limit", 1, 10_000), "ExclusiveStartShardId")),
                this::describe);
        service.add(
                "DescribeStreamSummary",
                DescribeStreamSummaryRequest::builder,
                DescribeStreamSummaryRequest.class,
                Inputs.streamRef(),
                this::summarize);
        service.add(
                "ListStreams",
                ListStreamsRequest::builder,
                ListStreamsRequest.class,
                Inputs.name(Constraints.none().range("Limit", 1, 10_000), "ExclusiveStartStreamName")
                        .length("NextToken", 1, 1_048_576),
                this::list);
    }

    private CompletionStage<CreateStreamResponse> create(CreateStreamRequest request, CallContext call) {
        StreamModeDetails mode = request.streamModeDetails();
        boolean onDemand = mode == null ? request.shardCount() == null : mode.streamMode() == StreamMode.ON_DEMAND;
        Distribution distribution = request.recordDistributionStrategy() == null
                ? Distribution.USER_PARTITION_KEY
                : Distribution.valueOf(request.recordDistributionStrategyAsString());
        StreamErrors.refuseDistribution(distribution, onDemand);
        NewStream wanted = new NewStream(
                new StreamKey(call.namespace(), request.streamName()),
                CapacityHandlers.shardsOf(onDemand, request.shardCount(), request.warmThroughputMiBps()),
                onDemand,
                distribution,
                request.maxRecordSizeInKiB() == null ? NewStream.DEFAULT_MAX_RECORD_KIB : request.maxRecordSizeInKiB(),
                request.warmThroughputMiBps(),
                request.hasTags()
                        ? TagRules.checked(request.tags(), "create stream " + request.streamName(), call)
                        : Map.of());
        return changes.run(
                () -> streams.create(wanted),
                () -> CreateStreamResponse.builder().build());
    }

    private CompletionStage<DeleteStreamResponse> delete(DeleteStreamRequest request, CallContext call) {
        StreamKey key = refs.key(request.streamName(), request.streamARN(), call);
        return changes.run(
                () -> streams.delete(key, Boolean.TRUE.equals(request.enforceConsumerDeletion())),
                () -> DeleteStreamResponse.builder().build());
    }

    private CompletionStage<DescribeStreamResponse> describe(DescribeStreamRequest request, CallContext call) {
        Stream stream = refs.stream(request.streamName(), request.streamARN(), call);
        int limit = request.limit() == null ? DEFAULT_SHARDS_SHOWN : request.limit();
        return CompletableFuture.completedFuture(DescribeStreamResponse.builder()
                .streamDescription(StreamShapes.description(stream, request.exclusiveStartShardId(), limit))
                .build());
    }

    private CompletionStage<DescribeStreamSummaryResponse> summarize(
            DescribeStreamSummaryRequest request, CallContext call) {
        Stream stream = refs.stream(request.streamName(), request.streamARN(), call);
        return CompletableFuture.completedFuture(DescribeStreamSummaryResponse.builder()
                .streamDescriptionSummary(StreamShapes.summary(stream))
                .build());
    }

    private CompletionStage<ListStreamsResponse> list(ListStreamsRequest request, CallContext call) {
        int limit = request.limit() == null ? DEFAULT_STREAMS_SHOWN : request.limit();
        String token = request.nextToken();
        String after = token != null ? Tokens.open(token) : request.exclusiveStartStreamName();
        List<Stream> rest = streams.list(call.namespace()).stream()
                .filter(stream -> isAfter(stream, after))
                .toList();
        List<Stream> shown = rest.stream().limit(limit).toList();
        boolean more = rest.size() > shown.size();
        return CompletableFuture.completedFuture(ListStreamsResponse.builder()
                .streamNames(shown.stream().map(Stream::name).toList())
                .streamSummaries(shown.stream().map(StreamShapes::inList).toList())
                .hasMoreStreams(more)
                .nextToken(more ? Tokens.seal(shown.get(shown.size() - 1).name()) : null)
                .build());
    }

    private static boolean isAfter(Stream stream, @Nullable String name) {
        return name == null || stream.name().compareTo(name) > 0;
    }
}
