package io.millrace.ingest.api;

import io.millrace.ingest.streams.Metric;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.StartPosition;
import io.millrace.ingest.streams.StreamConsumer;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.ErrorRenderer;
import io.millrace.protocol.api.Operation;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.services.kinesis.model.StartingPosition;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardRequest;

/**
 * {@code SubscribeToShard}: opens a {@link Subscription} for a consumer and a shard.
 *
 * <p>A second call within five seconds is refused; a later one takes the subscription over and ends the earlier (API
 * reference, SubscribeToShard). Thread-safe.
 */
final class SubscribeToShardHandler {
    private static final long TAKE_OVER_AFTER_MILLIS = 5_000;

    private final Streams streams;
    private final RecordStore records;
    private final StreamRefs refs;
    private final KinesisApi.Threads threads;
    private final InstantSource clock;
    private final EventMemory memory = new EventMemory(Runtime.getRuntime().maxMemory() / 8);
    private final Map<String, Subscription> current = new ConcurrentHashMap<>();

    SubscribeToShardHandler(
            Streams streams, RecordStore records, StreamRefs refs, KinesisApi.Threads threads, InstantSource clock) {
        this.streams = streams;
        this.records = records;
        this.refs = refs;
        this.threads = threads;
        this.clock = clock;
    }

    void addTo(AwsJsonService service) {
        service.add(
                "SubscribeToShard",
                Operation.reading(
                        SubscribeToShardRequest::builder,
                        SubscribeToShardRequest.class,
                        Inputs.name(
                                        Constraints.none()
                                                .required(
                                                        "ConsumerARN",
                                                        "ShardId",
                                                        "StartingPosition",
                                                        "StartingPosition.Type")
                                                .pattern("ConsumerARN", Inputs.CONSUMER_ARN_PATTERN)
                                                .length("ConsumerARN", 1, 2048),
                                        "ShardId")
                                .oneOf("StartingPosition.Type", Inputs.ITERATOR_TYPES)
                                .pattern("StartingPosition.SequenceNumber", Inputs.SEQUENCE_NUMBER_PATTERN),
                        this::handle));
    }

    private void handle(SubscribeToShardRequest request, CallContext call) {
        StreamRefs.ConsumerRef ref = refs.consumer(request.consumerARN(), null, null, call);
        ShardInfo shard = ref.stream().shard(StreamRefs.shardId(ref.stream().key(), request.shardId()));
        if (ref.consumer().status() != StreamConsumer.Status.ACTIVE) {
            throw StreamErrors.resourceInUse("Consumer %s is not ACTIVE, instead in state %s"
                    .formatted(request.consumerARN(), ref.consumer().status()));
        }
        StartingPosition start = request.startingPosition();
        StartPosition position = ShardShapes.position(start.typeAsString(), start.sequenceNumber(), start.timestamp());
        Subscription.Source source =
                new Subscription.Source(streams, records, ref.stream(), ref.consumer(), shard.index());
        threads.reads().execute(() -> {
            try {
                long offset = records.resolve(ref.stream(), shard, position);
                open(request.consumerARN() + " " + shard.id(), call, source, offset);
            } catch (IOException | RuntimeException e) { // the outermost frame of a request
                ErrorRenderer.answer(call, e);
            }
        });
    }

    private void open(String key, CallContext call, Subscription.Source source, long offset) {
        Subscription opened = new Subscription(source, offset, threads, memory, clock.millis());
        Subscription[] replaced = new Subscription[1];
        current.compute(key, (k, earlier) -> {
            if (earlier != null && clock.millis() - earlier.openedEpochMillis() < TAKE_OVER_AFTER_MILLIS) {
                streams.metrics().add(source.stream().key(), Metric.SUBSCRIBE_RATE_EXCEEDED, 1);
                throw StreamErrors.resourceInUse(
                        "Another active subscription exists for this consumer: %s".formatted(key));
            }
            replaced[0] = earlier;
            return opened;
        });
        if (replaced[0] != null) {
            replaced[0].takenOver();
        }
        opened.start(call, () -> current.remove(key, opened));
        streams.metrics().add(source.stream().key(), Metric.SUBSCRIBE_SUCCESS, 1);
    }
}
