package io.millrace.video.api;

import io.millrace.protocol.api.CallContext;
import io.millrace.video.streams.StreamKey;
import io.millrace.video.streams.VideoStream;
import io.millrace.video.streams.VideoStreams;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import software.amazon.awssdk.services.kinesisvideo.model.CreateStreamRequest;
import software.amazon.awssdk.services.kinesisvideo.model.CreateStreamResponse;
import software.amazon.awssdk.services.kinesisvideo.model.DeleteStreamRequest;
import software.amazon.awssdk.services.kinesisvideo.model.DeleteStreamResponse;
import software.amazon.awssdk.services.kinesisvideo.model.DescribeStreamRequest;
import software.amazon.awssdk.services.kinesisvideo.model.DescribeStreamResponse;
import software.amazon.awssdk.services.kinesisvideo.model.GetDataEndpointRequest;
import software.amazon.awssdk.services.kinesisvideo.model.GetDataEndpointResponse;
import software.amazon.awssdk.services.kinesisvideo.model.ListStreamsRequest;
import software.amazon.awssdk.services.kinesisvideo.model.ListStreamsResponse;
import software.amazon.awssdk.services.kinesisvideo.model.Status;
import software.amazon.awssdk.services.kinesisvideo.model.StreamInfo;
import software.amazon.awssdk.services.kinesisvideo.model.StreamNameCondition;

/** {@code CreateStream}, {@code DescribeStream}, {@code ListStreams}, {@code DeleteStream}, {@code GetDataEndpoint}. */
final class StreamHandlers {
    private static final int DEFAULT_STREAMS_SHOWN = 10_000;

    private final VideoStreams streams;
    private final StreamRefs refs;
    private final Executor blocking;

    StreamHandlers(VideoStreams streams, StreamRefs refs, Executor blocking) {
        this.streams = streams;
        this.refs = refs;
        this.blocking = blocking;
    }

    CompletionStage<CreateStreamResponse> create(CreateStreamRequest request, CallContext call) {
        Integer hours = request.dataRetentionInHours();
        VideoStream.Settings settings = new VideoStream.Settings(
                hours == null ? 0 : hours,
                request.deviceName(),
                request.mediaType(),
                request.kmsKeyId(),
                request.tags());
        StreamKey key = new StreamKey(call.namespace(), request.streamName());
        return CompletableFuture.supplyAsync(
                () -> CreateStreamResponse.builder()
                        .streamARN(streams.create(key, settings).arn())
                        .build(),
                blocking);
    }

    CompletionStage<DescribeStreamResponse> describe(DescribeStreamRequest request, CallContext call) {
        VideoStream stream = refs.stream(request.streamName(), request.streamARN(), call);
        return CompletableFuture.completedFuture(
                DescribeStreamResponse.builder().streamInfo(infoOf(stream)).build());
    }

    CompletionStage<ListStreamsResponse> list(ListStreamsRequest request, CallContext call) {
        StreamNameCondition condition = request.streamNameCondition();
        String prefix = condition == null || condition.comparisonValue() == null ? "" : condition.comparisonValue();
        String after = request.nextToken() == null ? "" : Tokens.open(request.nextToken());
        int limit = request.maxResults() == null ? DEFAULT_STREAMS_SHOWN : request.maxResults();
        List<VideoStream> rest = streams.list(call.namespace()).stream()
                .filter(stream ->
                        stream.name().startsWith(prefix) && stream.name().compareTo(after) > 0)
                .toList();
        List<VideoStream> shown = rest.stream().limit(limit).toList();
        boolean more = rest.size() > shown.size();
        return CompletableFuture.completedFuture(ListStreamsResponse.builder()
                .streamInfoList(shown.stream().map(StreamHandlers::infoOf).toList())
                .nextToken(more ? Tokens.seal(shown.get(shown.size() - 1).name()) : null)
                .build());
    }

    CompletionStage<DeleteStreamResponse> delete(DeleteStreamRequest request, CallContext call) {
        VideoStream stream = refs.stream(null, request.streamARN(), call);
        return CompletableFuture.supplyAsync(
                () -> {
                    streams.delete(stream, request.currentVersion());
                    return DeleteStreamResponse.builder().build();
                },
                blocking);
    }

    /** Media is served where everything is, by the name under which the client found this node. */
    CompletionStage<GetDataEndpointResponse> dataEndpoint(GetDataEndpointRequest request, CallContext call) {
        refs.stream(request.streamName(), request.streamARN(), call);
        return CompletableFuture.completedFuture(GetDataEndpointResponse.builder()
                .dataEndpoint(call.head().baseUrl())
                .build());
    }

    private static StreamInfo infoOf(VideoStream stream) {
        VideoStream.Settings settings = stream.settings();
        return StreamInfo.builder()
                .streamName(stream.name())
                .streamARN(stream.arn())
                .deviceName(settings.deviceName())
                .mediaType(settings.mediaType())
                .kmsKeyId(settings.kmsKeyId())
                .version(stream.version())
                .status(Status.ACTIVE)
                .creationTime(Instant.ofEpochMilli(stream.createdEpochMillis()))
                .dataRetentionInHours(settings.retentionHours())
                .build();
    }
}
