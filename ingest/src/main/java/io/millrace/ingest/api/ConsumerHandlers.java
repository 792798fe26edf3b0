package io.millrace.ingest.api;

import io.millrace.ingest.streams.Consumers;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamConsumer;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import software.amazon.awssdk.services.kinesis.model.Consumer;
import software.amazon.awssdk.services.kinesis.model.DeregisterStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.DeregisterStreamConsumerResponse;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerResponse;
import software.amazon.awssdk.services.kinesis.model.ListStreamConsumersRequest;
import software.amazon.awssdk.services.kinesis.model.ListStreamConsumersResponse;
import software.amazon.awssdk.services.kinesis.model.RegisterStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.RegisterStreamConsumerResponse;

/**
 * {@code RegisterStreamConsumer}, {@code DescribeStreamConsumer}, {@code ListStreamConsumers},
 * {@code DeregisterStreamConsumer}.
 */
final class ConsumerHandlers {
    private static final int DEFAULT_PAGE = 100;

    private final Consumers consumers;
    private final StreamRefs refs;
    private final Changes changes;
    private final InstantSource clock;

    ConsumerHandlers(Consumers consumers, StreamRefs refs, Changes changes, InstantSource clock) {
        this.consumers = consumers;
        this.refs = refs;
        this.changes = changes;
        this.clock = clock;
    }

    void addTo(AwsJsonService service) {
        service.add(
                "RegisterStreamConsumer",
                RegisterStreamConsumerRequest::builder,
                RegisterStreamConsumerRequest.class,
                TagRules.tags(Inputs.name(
                        Inputs.streamArn(Constraints.none().required("StreamARN", "ConsumerName")), "ConsumerName")),
                this::register);
        service.add(
                "DescribeStreamConsumer",
                DescribeStreamConsumerRequest::builder,
                DescribeStreamConsumerRequest.class,
                Inputs.consumerRef(),
                this::describe);
        service.add(
                "ListStreamConsumers",
                ListStreamConsumersRequest::builder,
                ListStreamConsumersRequest.class,
                Inputs.streamArn(Constraints.none()
                        .required("StreamARN")
                        .length("NextToken", 1, 1_048_576)
                        .range("MaxResults", 1, 10_000)),
                this::list);
        service.add(
                "DeregisterStreamConsumer",
                DeregisterStreamConsumerRequest::builder,
                DeregisterStreamConsumerRequest.class,
                Inputs.consumerRef(),
                this::deregister);
    }

    private CompletionStage<RegisterStreamConsumerResponse> register(
            RegisterStreamConsumerRequest request, CallContext call) {
        StreamKey key = refs.stream(null, request.streamARN(), call).key();
        Map<String, String> tags = request.hasTags()
                ? TagRules.checked(request.tags(), "register consumer " + request.consumerName(), call)
                : Map.of();
        return changes.supply(() -> RegisterStreamConsumerResponse.builder()
                .consumer(shape(key, consumers.register(key, request.consumerName(), tags)))
                .build());
    }

    private CompletionStage<DescribeStreamConsumerResponse> describe(
            DescribeStreamConsumerRequest request, CallContext call) {
        StreamRefs.ConsumerRef ref =
                refs.consumer(request.consumerARN(), request.consumerName(), request.streamARN(), call);
        StreamConsumer consumer = ref.consumer();
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

    private CompletionStage<ListStreamConsumersResponse> list(ListStreamConsumersRequest request, CallContext call) {
        Stream stream = refs.streamOf(null, request.streamARN(), request.streamCreationTimestamp(), call);
        String token = request.nextToken();
        if (token != null) {
            Tokens.refuseBeside("StreamCreationTimestamp", request.streamCreationTimestamp());
        }
        String after = token == null ? "" : nameIn(token, stream);
        int limit = request.maxResults() == null ? DEFAULT_PAGE : request.maxResults();
        List<StreamConsumer> rest = stream.consumers().stream()
                .sorted(Comparator.comparing(StreamConsumer::name))
                .filter(consumer -> consumer.name().compareTo(after) > 0)
                .toList();
        List<StreamConsumer> shown = rest.stream().limit(limit).toList();
        boolean more = rest.size() > shown.size();
        return CompletableFuture.completedFuture(ListStreamConsumersResponse.builder()
                .consumers(shown.stream()
                        .map(consumer -> shape(stream.key(), consumer))
                        .toList())
                .nextToken(
                        more
                                ? Tokens.sealFresh(
                                        stream.arn() + " "
                                                + shown.get(shown.size() - 1).name(),
                                        clock)
                                : null)
                .build());
    }

    /** Returns the last consumer of the page before. */
    private String nameIn(String token, Stream stream) {
        String position = Tokens.openFresh(token, clock);
        String beginning = stream.arn() + " ";
        if (!position.startsWith(beginning)) {
            throw Tokens.invalid(token);
        }
        return position.substring(beginning.length());
    }

    private CompletionStage<DeregisterStreamConsumerResponse> deregister(
            DeregisterStreamConsumerRequest request, CallContext call) {
        StreamRefs.ConsumerRef ref =
                refs.consumer(request.consumerARN(), request.consumerName(), request.streamARN(), call);
        return changes.run(
                () -> consumers.deregister(ref.stream().key(), ref.consumer().name()),
                () -> DeregisterStreamConsumerResponse.builder().build());
    }

    private static Consumer shape(StreamKey key, StreamConsumer consumer) {
        return Consumer.builder()
                .consumerName(consumer.name())
                .consumerARN(consumer.arn(key))
                .consumerStatus(consumer.status().name())
                .consumerCreationTimestamp(Instant.ofEpochSecond(consumer.createdSecond()))
                .build();
    }
}
