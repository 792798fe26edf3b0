package io.millrace.ingest.api;

import io.millrace.ingest.streams.Consumer;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.CallContext;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import software.amazon.awssdk.services.kinesis.model.DeregisterStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.DeregisterStreamConsumerResponse;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerResponse;
import software.amazon.awssdk.services.kinesis.model.ListStreamConsumersRequest;
import software.amazon.awssdk.services.kinesis.model.ListStreamConsumersResponse;
import software.amazon.awssdk.services.kinesis.model.RegisterStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.RegisterStreamConsumerResponse;

/** {@code RegisterStreamConsumer}, {@code DescribeStreamConsumer}, {@code ListStreamConsumers}, {@code DeregisterStreamConsumer}. */
final class ConsumerHandlers {
    private static final int DEFAULT_PAGE = 100;

    private final Streams streams;
    private final StreamRefs refs;
    private final Executor blocking;

    ConsumerHandlers(Streams streams, StreamRefs refs, Executor blocking) {
        this.streams = streams;
        this.refs = refs;
        this.blocking = blocking;
    }

    CompletionStage<RegisterStreamConsumerResponse> register(RegisterStreamConsumerRequest request, CallContext call) {
        StreamKey key = StreamRefs.keyOfArn(request.streamARN());
        return CompletableFuture.supplyAsync(
                () -> RegisterStreamConsumerResponse.builder()
                        .consumer(shape(key, streams.registerConsumer(key, request.consumerName())))
                        .build(),
                blocking);
    }

    CompletionStage<DescribeStreamConsumerResponse> describe(DescribeStreamConsumerRequest request, CallContext call) {
        StreamRefs.ConsumerRef ref = refs.consumer(request.consumerARN(), request.consumerName(), request.streamARN());
        Consumer consumer = ref.consumer();
        StreamKey key = ref.stream().key();
        return CompletableFuture.completedFuture(DescribeStreamConsumerResponse.builder()
                .consumerDescription(description -> description
                        .consumerName(consumer.name())
                        .consumerARN(consumer.arn(key))
                        .consumerStatus(consumer.status().name())
                        .consumerCreationTimestamp(Instant.ofEpochSecond(consumer.createdSecond()))
                        .streamARN(key.arn()))
                .build());
    }

    CompletionStage<ListStreamConsumersResponse> list(ListStreamConsumersRequest request, CallContext call) {
        Stream stream = refs.stream(null, request.streamARN(), call);
        String token = request.nextToken();
        String after = token == null ? "" : Tokens.open(token);
        int limit = request.maxResults() == null ? DEFAULT_PAGE : request.maxResults();
        List<Consumer> rest = stream.consumers().stream()
                .sorted(Comparator.comparing(Consumer::name))
                .filter(consumer -> consumer.name().compareTo(after) > 0)
                .toList();
        List<Consumer> shown = rest.stream().limit(limit).toList();
        boolean more = rest.size() > shown.size();
        return CompletableFuture.completedFuture(ListStreamConsumersResponse.builder()
                .consumers(shown.stream()
                        .map(consumer -> shape(stream.key(), consumer))
                        .toList())
                .nextToken(more ? Tokens.seal(shown.get(shown.size() - 1).name()) : null)
                .build());
    }

    CompletionStage<DeregisterStreamConsumerResponse> deregister(
            DeregisterStreamConsumerRequest request, CallContext call) {
        StreamRefs.ConsumerRef ref = refs.consumer(request.consumerARN(), request.consumerName(), request.streamARN());
        return CompletableFuture.supplyAsync(
                () -> {
                    streams.deregisterConsumer(
                            ref.stream().key(), ref.consumer().name());
                    return DeregisterStreamConsumerResponse.builder().build();
                },
                blocking);
    }

    private static software.amazon.awssdk.services.kinesis.model.Consumer shape(StreamKey key, Consumer consumer) {
        return software.amazon.awssdk.services.kinesis.model.Consumer.builder()
                .consumerName(consumer.name())
                .consumerARN(consumer.arn(key))
                .consumerStatus(consumer.status().name())
                .consumerCreationTimestamp(Instant.ofEpochSecond(consumer.createdSecond()))
                .build();
    }
}
