package io.millrace.ingest.api;

import io.millrace.ingest.streams.Consumer;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.StartPosition;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.ErrorRenderer;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
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

    private final RecordStore records;
    private final StreamRefs refs;
    private final Executor blocking;
    private final ScheduledExecutorService timer;
    private final InstantSource clock;
    private final Map<String, Subscription> current = new ConcurrentHashMap<>();

    SubscribeToShardHandler(
            RecordStore records,
            StreamRefs refs,
            Executor blocking,
            ScheduledExecutorService timer,
            InstantSource clock) {
        this.records = records;
        this.refs = refs;
        this.blocking = blocking;
        this.timer = timer;
        this.clock = clock;
    }

    void handle(SubscribeToShardRequest request, CallContext call) {
        StreamRefs.ConsumerRef ref = refs.consumer(request.consumerARN(), null, null);
        ShardInfo shard = ref.stream().shard(request.shardId());
        if (ref.consumer().status() != Consumer.Status.ACTIVE) {
            throw StreamErrors.resourceInUse("Consumer %s is not ACTIVE, instead in state %s"
                    .formatted(request.consumerARN(), ref.consumer().status()));
        }
        StartingPosition start = request.startingPosition();
        StartPosition position = ShardShapes.position(start.typeAsString(), start.sequenceNumber(), start.timestamp());
        blocking.execute(() -> {
            try {
                long offset = records.resolve(ref.stream(), shard, position);
                open(request.consumerARN() + " " + shard.id(), call, shard, offset);
            } catch (IOException | RuntimeException e) { // the outermost frame of a request
                ErrorRenderer.answer(call, e);
            }
        });
    }

    private void open(String key, CallContext call, ShardInfo shard, long offset) {
        Subscription opened = new Subscription(records, shard, offset, blocking, timer, clock.millis());
        Subscription[] replaced = new Subscription[1];
        current.compute(key, (k, earlier) -> {
            if (earlier != null && clock.millis() - earlier.openedEpochMillis() < TAKE_OVER_AFTER_MILLIS) {
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
    }
}
