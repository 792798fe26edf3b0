package io.millrace.ingest.api;

import io.millrace.ingest.codec.RecordsOutput;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.ErrorRenderer;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.endpoint.ResponseStream;
import io.millrace.protocol.shape.BodyFormat;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open SubscribeToShard call: pushes what becomes durable, as it does.
 *
 * <p>At any time at most one pump runs: it reads one event's worth, sends it, and goes on while there is more and the
 * client keeps up. Otherwise the subscription rests until the log, the socket or the five-second heartbeat wakes it; a
 * resting subscription holds no thread and no records. It ends after five minutes, as on AWS.
 */
final class Subscription {
    private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);
    private static final int MAX_RECORDS = 10_000;
    private static final long MAX_EVENT_BYTES = 512 * 1024;
    private static final long HEARTBEAT_MILLIS = 5_000;
    private static final long LIFETIME_MILLIS = 300_000;

    private final RecordStore records;
    private final ShardInfo shard;
    private final Executor blocking;
    private final ScheduledExecutorService timer;
    private final long openedEpochMillis;
    private final AtomicBoolean pumping = new AtomicBoolean();
    private final AtomicBoolean wokenMeanwhile = new AtomicBoolean();

    private volatile @Nullable ResponseStream out;
    private volatile @Nullable CompletableFuture<Void> waiting;
    private volatile boolean heartbeatDue;
    private volatile boolean expired;
    private volatile boolean closed;
    private long offset;

    Subscription(
            RecordStore records,
            ShardInfo shard,
            long offset,
            Executor blocking,
            ScheduledExecutorService timer,
            long openedEpochMillis) {
        this.records = records;
        this.shard = shard;
        this.offset = offset;
        this.blocking = blocking;
        this.timer = timer;
        this.openedEpochMillis = openedEpochMillis;
    }

    long openedEpochMillis() {
        return openedEpochMillis;
    }

    /** Sends the head and the initial response, and begins to push. */
    void start(CallContext call, Runnable onEnd) {
        Map<String, String> headers = ErrorRenderer.headers(call.requestId(), call.format());
        headers.put("Content-Type", "application/vnd.amazon.eventstream");
        ResponseStream stream = call.exchange().answerStreaming(200, headers);
        out = stream;
        stream.write(EventFrames.initialResponse());
        var heartbeat = timer.scheduleWithFixedDelay(
                () -> {
                    heartbeatDue = true;
                    wake();
                },
                HEARTBEAT_MILLIS,
                HEARTBEAT_MILLIS,
                TimeUnit.MILLISECONDS);
        var end = timer.schedule(
                () -> {
                    expired = true;
                    wake();
                },
                LIFETIME_MILLIS,
                TimeUnit.MILLISECONDS);
        stream.onWritable(this::wake);
        stream.onClosed(() -> {
            closed = true;
            heartbeat.cancel(false);
            end.cancel(false);
            stopWaiting();
            onEnd.run();
        });
        wake();
    }

    /** Ends this subscription because a later call has taken it over. */
    void takenOver() {
        ResponseStream stream = out;
        if (stream != null) {
            stream.write(EventFrames.exception(ServiceException.refused(
                    "ResourceInUseException", "Another active subscription exists for this consumer")));
            stream.finish();
        }
    }

    private void wake() {
        wokenMeanwhile.set(true);
        if (!closed && pumping.compareAndSet(false, true)) {
            blocking.execute(this::pump);
        }
    }

    private void pump() {
        ResponseStream stream = out;
        try {
            while (stream != null && wokenMeanwhile.getAndSet(false) && !closed) {
                pushAvailable(stream);
            }
        } catch (IOException | RuntimeException e) { // the outermost frame of the pump
            LOG.error("subscription to {} failed", shard.id(), e);
            if (stream != null) {
                stream.write(EventFrames.exception(new ServiceException("InternalFailureException", 500, "")));
                stream.finish();
            }
        } finally {
            pumping.set(false);
        }
        if (wokenMeanwhile.get()) {
            wake();
        }
    }

    private void pushAvailable(ResponseStream stream) throws IOException {
        if (expired) {
            stream.finish();
            return;
        }
        stopWaiting();
        boolean more = true;
        while (more && stream.isWritable() && !closed) {
            RecordStore.Batch batch = records.read(shard, offset, MAX_RECORDS, MAX_EVENT_BYTES);
            more = !batch.records().isEmpty();
            if (more || heartbeatDue) {
                heartbeatDue = false;
                offset = batch.nextOffset();
                stream.write(EventFrames.event(payloadOf(batch)));
            }
        }
        if (!more) {
            CompletableFuture<Void> next = records.available(shard, offset);
            waiting = next;
            next.thenRun(this::wake);
        }
    }

    private byte[] payloadOf(RecordStore.Batch batch) {
        long last = Math.max(0, batch.nextOffset() - 1);
        long arrival = batch.records().isEmpty()
                ? shard.createdSecond() * 1000
                : batch.records().get(batch.records().size() - 1).arrivalEpochMillis();
        RecordsOutput output = ShardShapes.output(BodyFormat.JSON_1_1, shard, batch.records());
        output.endEvent(shard.sequenceNumber(last, arrival), batch.millisBehindLatest(), null);
        return output.toBytes();
    }

    private void stopWaiting() {
        CompletableFuture<Void> current = waiting;
        waiting = null;
        if (current != null) {
            current.cancel(false);
        }
    }
}
