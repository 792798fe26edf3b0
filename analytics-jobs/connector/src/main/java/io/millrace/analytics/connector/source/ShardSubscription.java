package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.CallFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEventStream;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardRequest;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

/**
 * Has the records of one shard pushed, ahead of its reader: at most two batches wait to be taken.
 *
 * <p>One event is asked for at a time, once the {@link FetchBudget} of the reader is not exceeded. How large an event
 * is shows when it arrives, and it counts from then on; so the shards of a reader may exceed the budget by one event
 * each. An idle shard holds no room.
 *
 * <p>A subscription ends after five minutes, by an error, or because nothing came in time, heartbeats included; another
 * goes on behind the last event, at once or after a growing pause. What comes of an earlier one after its end is
 * dropped, and so are records at or before the last. An event that cannot be right is dropped as a whole, and read
 * again.
 *
 * <p>Thread-safe: signals of a subscription come on threads of the client, which must not wait.
 */
final class ShardSubscription implements ShardReading {
    private static final Logger LOG = LoggerFactory.getLogger(ShardSubscription.class);
    private static final int MAX_WAITING_BATCHES = 2;

    /** Whom the records are pushed to. */
    interface ConsumerArn {
        /** Returns the ARN once the consumer is active; may wait. */
        String get() throws InterruptedException;

        /** Tells that there is no such consumer any more. */
        void lost(String arn);
    }

    /** What the shards of a reader share. */
    record Shared(
            KinesisAsyncClient client,
            StreamRef stream,
            FanOut fanOut,
            ConsumerArn consumer,
            ScheduledExecutorService executor,
            FetchBudget budget) {}

    private final String shardId;
    private final Shared shared;
    private final Consumer<Batch> arrived;

    // Guarded by this.
    private StartFrom position;
    private @Nullable String lastNumber;
    private @Nullable Attempt current;
    private @Nullable String lostArn;
    private Duration pause = Duration.ZERO;
    private int failures;
    private int waiting;
    private boolean asking;
    private boolean opening;
    private boolean paused;
    private boolean stopped;

    ShardSubscription(ShardSplit split, Shared shared, Consumer<Batch> arrived) {
        this.shardId = split.shardId();
        this.shared = shared;
        this.arrived = arrived;
        this.position = split.position();
        this.lastNumber = position.type() == StartFrom.Type.AFTER_SEQUENCE_NUMBER ? position.sequenceNumber() : null;
    }

    @Override
    public String shardId() {
        return shardId;
    }

    @Override
    public void start() {
        ask();
    }

    @Override
    public void taken() {
        synchronized (this) {
            waiting--;
        }
        ask();
    }

    @Override
    public void pause(boolean pausing) {
        synchronized (this) {
            paused = pausing;
        }
        ask();
    }

    @Override
    public void stop() {
        Attempt open;
        synchronized (this) {
            stopped = true;
            open = current;
            current = null;
        }
        if (open != null) {
            open.cancel();
        }
    }

    /** Asks for the next event, now or when there is room. */
    private void ask() {
        synchronized (this) {
            if (asking || stopped || paused || waiting >= MAX_WAITING_BATCHES) {
                return;
            }
            asking = true;
        }
        if (shared.budget().take(0, () -> later(this::request, Duration.ZERO))) {
            request();
        }
    }

    private void request() {
        Attempt open;
        synchronized (this) {
            if (!asking || stopped || paused) {
                asking = false;
                return;
            }
            open = current;
            if (open == null) {
                if (!opening) {
                    opening = true;
                    later(this::open, pause);
                }
                return;
            }
        }
        open.request();
    }

    private @Nullable Future<?> later(Runnable action, Duration delay) {
        try {
            return shared.executor().schedule(action, delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            return null; // the reader is closed
        }
    }

    /** Opens a subscription at the position. */
    private void open() {
        String arn;
        try {
            arn = shared.consumer().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        } catch (RuntimeException e) { // the outermost frame of this thread
            fail(e);
            return;
        }
        Attempt attempt = new Attempt(arn);
        SubscribeToShardRequest request;
        synchronized (this) {
            opening = false;
            if (stopped) {
                return;
            }
            current = attempt;
            request = requestOf(arn, position);
        }
        attempt.awaitSignal();
        try {
            attempt.called(shared.client().subscribeToShard(request, attempt.handler()));
        } catch (RuntimeException e) { // clients throw some of what others tell by the future
            over(attempt, e);
        }
    }

    private SubscribeToShardRequest requestOf(String arn, StartFrom from) {
        Long time = from.epochMillis();
        return SubscribeToShardRequest.builder()
                .consumerARN(arn)
                .shardId(shardId)
                .startingPosition(start -> start.type(from.type().name())
                        .sequenceNumber(from.sequenceNumber())
                        .timestamp(time == null ? null : Instant.ofEpochMilli(time)))
                .build();
    }

    private void accept(Attempt attempt, SubscribeToShardEvent event) {
        PushedEvent pushed = PushedEvent.of(shardId, event);
        if (pushed.damage() != null) {
            over(attempt, SdkClientException.create("a damaged event: " + pushed.damage()));
            return;
        }
        synchronized (this) {
            if (current != attempt) {
                return; // late
            }
            attempt.answered();
            asking = false;
            failures = 0;
            pause = Duration.ZERO;
            lostArn = null;
            List<KinesisRecord> records = pushed.after(lastNumber);
            if (!records.isEmpty()) {
                lastNumber = records.get(records.size() - 1).sequenceNumber();
            }
            if (pushed.continuation() != null) {
                position = StartFrom.after(pushed.continuation());
            }
            if (pushed.isLast() || !records.isEmpty()) {
                long bytes = RecordSize.of(records);
                shared.budget().settle(0, bytes);
                waiting++;
                arrived.accept(new Batch(this, records, bytes, pushed.isLast(), null));
            }
        }
        if (pushed.isLast()) {
            stop();
        } else {
            ask();
        }
    }

    /** Subscribes again after a subscription has ended, or fails for good. */
    private void over(Attempt attempt, @Nullable Throwable why) {
        Throwable failure = why instanceof CompletionException && why.getCause() != null ? why.getCause() : why;
        synchronized (this) {
            if (current != attempt) {
                return;
            }
            current = null;
            asking = false;
            if (failure != null || !attempt.hasAnswered()) {
                failures++;
                pause = shared.fanOut().subscribe().pauseAfter(failures);
            }
        }
        attempt.cancel();
        RuntimeException end = failure == null ? null : finalFailure(attempt, failure);
        if (end != null) {
            fail(end);
            return;
        }
        if (failure != null) {
            LOG.warn("{}: the subscription has ended, subscribing again", described(), failure);
        }
        ask();
    }

    /** Returns the failure that ends the reading, if it is one. */
    private @Nullable RuntimeException finalFailure(Attempt attempt, Throwable failure) {
        CallFailure kind = failure instanceof SdkException call ? CallFailure.of(call) : CallFailure.PASSING;
        boolean mayBeTheConsumer = kind == CallFailure.STREAM_NOT_FOUND && isNewlyLost(attempt.arn);
        if (failure instanceof SdkException call && kind != CallFailure.PASSING && !mayBeTheConsumer) {
            return ShardReading.unreadable(shared.stream(), shardId, call);
        }
        if (mayBeTheConsumer) {
            shared.consumer().lost(attempt.arn);
        }
        synchronized (this) {
            return shared.fanOut().subscribe().isSpent(failures)
                    ? new IllegalStateException(described() + ": no subscription after " + failures + " calls", failure)
                    : null;
        }
    }

    /** Consumer, shard or stream is gone; that it is not the consumer shows when that is found again. */
    private synchronized boolean isNewlyLost(String arn) {
        boolean newly = !arn.equals(lostArn);
        lostArn = arn;
        return newly;
    }

    private void fail(RuntimeException failure) {
        synchronized (this) {
            if (stopped) {
                return;
            }
            waiting++;
            arrived.accept(new Batch(this, List.of(), 0, true, failure));
        }
        stop();
    }

    private String described() {
        return "stream '" + shared.stream().nameOrArn() + "': " + shardId;
    }

    /** One subscription. The fields are guarded by the outer object. */
    private final class Attempt implements Subscriber<SubscribeToShardEventStream> {
        private final String arn;
        private @Nullable Subscription events;
        private @Nullable CompletableFuture<Void> call;
        private @Nullable Future<?> deadline;
        private boolean requested;
        private boolean answered;

        Attempt(String arn) {
            this.arn = arn;
        }

        SubscribeToShardResponseHandler handler() {
            return SubscribeToShardResponseHandler.builder()
                    .onEventStream(publisher -> publisher.subscribe(this))
                    .onError(failure -> over(this, failure))
                    .build();
        }

        void called(CompletableFuture<Void> made) {
            boolean open;
            synchronized (ShardSubscription.this) {
                call = made;
                open = current == this;
            }
            if (!open) {
                made.cancel(true);
            }
            made.whenComplete((done, failure) -> over(this, failure));
        }

        /** Ends this subscription if nothing comes in time. */
        void awaitSignal() {
            synchronized (ShardSubscription.this) {
                stopWaiting();
                Duration time = shared.fanOut().subscriptionTimeout();
                deadline = later(() -> over(this, SdkClientException.create("nothing came within " + time)), time);
            }
        }

        private void stopWaiting() {
            Future<?> set = deadline;
            if (set != null) {
                set.cancel(false);
                deadline = null;
            }
        }

        void request() {
            Subscription from;
            synchronized (ShardSubscription.this) {
                from = events;
                if (current != this || from == null || requested) {
                    return;
                }
                requested = true;
                awaitSignal();
            }
            from.request(1);
        }

        void answered() {
            requested = false;
            answered = true;
            stopWaiting();
        }

        boolean hasAnswered() {
            return answered;
        }

        void cancel() {
            Subscription from;
            CompletableFuture<Void> made;
            synchronized (ShardSubscription.this) {
                stopWaiting();
                from = events;
                made = call;
            }
            if (from != null) {
                from.cancel();
            }
            if (made != null) {
                made.cancel(true);
            }
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            boolean open;
            boolean wanted;
            synchronized (ShardSubscription.this) {
                open = current == this && events == null;
                wanted = asking;
                if (open) {
                    events = subscription;
                    stopWaiting();
                }
            }
            if (!open) {
                subscription.cancel();
            } else if (wanted) {
                request();
            }
        }

        @Override
        public void onNext(SubscribeToShardEventStream event) {
            try {
                if (event instanceof SubscribeToShardEvent some) {
                    accept(this, some);
                } else {
                    over(this, SdkClientException.create("a damaged event: " + event.sdkEventType()));
                }
            } catch (RuntimeException e) { // the outermost frame: the client would take it for a broken connection
                fail(e);
            }
        }

        @Override
        public void onError(Throwable failure) {
            over(this, failure);
        }

        @Override
        public void onComplete() {
            over(this, null);
        }
    }
}
