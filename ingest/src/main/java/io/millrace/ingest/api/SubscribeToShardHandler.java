package io.millrace.ingest.api;

import io.millrace.durable.memory.MemoryPlan;
import io.millrace.ingest.streams.Metric;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.SequenceNumber;
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
    private final DryRuns dryRuns;
    private final InstantSource clock;
    private final EventMemory memory;
    private final Map<String, Subscription> current = new ConcurrentHashMap<>();

    SubscribeToShardHandler(
            KinesisApi.State state, StreamRefs refs, KinesisApi.Threads threads, DryRuns dryRuns, InstantSource clock) {
        this.streams = state.streams();
        this.records = state.records();
        this.refs = refs;
        this.threads = threads;
        this.dryRuns = dryRuns;
        this.clock = clock;
        this.memory = new EventMemory(state.memory().bytes(MemoryPlan.Share.EVENTS));
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
            throw StreamErrors.consumerNotActive(ref.consumer(), ref.stream().key());
        }
        StartingPosition start = request.startingPosition();
        StartPosition position =
                ShardShapes.position(start.typeAsString(), start.sequenceNumber(), start.timestamp(), clock.millis());
        Subscription.Source source =
                new Subscription.Source(streams, records, ref.stream(), ref.consumer(), shard.index());
        threads.reads().execute(() -> {
            try {
                long offset = records.resolve(ref.stream(), shard, position);
                dryRuns.endIf(request.dryRun(), ref.stream().key());
                open(call, source, new Subscription.Start(offset, arrivalBefore(shard, position, offset)));
            } catch (IOException | RuntimeException e) { // the outermost frame of a request
                ErrorRenderer.answer(call, e);
            }
        });
    }

    /**
     * Returns when the record before the first one arrived, as its sequence number says it: a reader who has none knows
     * none,
     * and for them it is now at the latest.
     */
    private long arrivalBefore(ShardInfo shard, StartPosition position, long offset) {
        String known = position.type() == StartPosition.Type.AFTER_SEQUENCE_NUMBER ? position.sequenceNumber() : null;
        if (known != null) {
            return SequenceNumber.parse(known).arrivalSecond() * 1000;
        }
        return offset == 0 ? shard.createdSecond() * 1000 : clock.millis();
    }

    private void open(CallContext call, Subscription.Source source, Subscription.Start start) {
        Subscription opened = new Subscription(source, start, threads, memory, clock.millis());
        String key = source.consumer().arn(source.stream().key()) + " " + source.shardIndex();
        Subscription[] replaced = new Subscription[1];
        current.compute(key, (k, earlier) -> {
            if (earlier != null && clock.millis() - earlier.openedEpochMillis() < TAKE_OVER_AFTER_MILLIS) {
                streams.metrics().add(source.stream().key(), Metric.SUBSCRIBE_RATE_EXCEEDED, 1);
                throw source.takenByAnother();
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
