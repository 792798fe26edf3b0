package io.millrace.analytics.connector.source;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.StartingPosition;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEventStream;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardRequest;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

/** A client whose subscriptions a test drives. A call is refused by the next of the faults, if there is one. */
final class FakePushing implements KinesisAsyncClient {
    /** What was asked for, as consumer, type and number of the start. */
    final List<String> calls = new ArrayList<>();

    final List<Push> pushes = new ArrayList<>();
    final Deque<Throwable> faults = new ArrayDeque<>();
    boolean answers = true;

    /** A subscription, which need not heed what is asked for. */
    static final class Push implements Subscription {
        final CompletableFuture<Void> call = new CompletableFuture<>();
        long requested;
        boolean cancelled;
        private Subscriber<? super SubscribeToShardEventStream> subscriber;

        void event(SubscribeToShardEventStream event) {
            subscriber.onNext(event);
        }

        void end() {
            subscriber.onComplete();
            call.complete(null);
        }

        void fail(Throwable failure) {
            subscriber.onError(failure);
            call.completeExceptionally(failure);
        }

        @Override
        public void request(long count) {
            requested += count;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    Push last() {
        return pushes.get(pushes.size() - 1);
    }

    @Override
    public CompletableFuture<Void> subscribeToShard(
            SubscribeToShardRequest request, SubscribeToShardResponseHandler handler) {
        StartingPosition start = request.startingPosition();
        calls.add(request.consumerARN() + " " + start.typeAsString()
                + (start.sequenceNumber() == null ? "" : " " + start.sequenceNumber()));
        if (!faults.isEmpty()) {
            return CompletableFuture.failedFuture(faults.remove());
        }
        Push push = new Push();
        pushes.add(push);
        if (answers) {
            handler.onEventStream(SdkPublisher.adapt(subscriber -> {
                push.subscriber = subscriber;
                subscriber.onSubscribe(push);
            }));
        }
        return push.call;
    }

    @Override
    public String serviceName() {
        return "kinesis";
    }

    @Override
    public void close() {}
}
