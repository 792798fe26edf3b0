package io.millrace.ingest.api;

import io.millrace.ingest.codec.RecordsOutput;
import io.millrace.ingest.streams.Allowance;
import io.millrace.ingest.streams.Metric;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamConsumer;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamMetrics;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.ErrorRenderer;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.endpoint.ResponseStream;
import io.millrace.protocol.shape.BodyFormat;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
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
    private static final long LEAST_SHOWN_BYTES = 128; // of a record in an event, at least
    private static final int ENDING_BYTES = 1024;
    private static final long HEARTBEAT_MILLIS = 5_000;
    private static final long LIFETIME_MILLIS = 300_000;

    /** What a consumer may have of a shard where limits are on. */
    private static final double LIMIT_BYTES_PER_SECOND = 2.0 * 1024 * 1024;

    private final Source source;
    private final KinesisApi.Threads threads;
    private final EventsUnderWay underWay;
    private final long openedEpochMillis;
    private final Allowance paid = new Allowance(LIMIT_BYTES_PER_SECOND);
    private final AtomicBoolean pumping = new AtomicBoolean();
    private final AtomicBoolean wokenMeanwhile = new AtomicBoolean();

    /** Whose records of which shard a subscription pushes. */
    record Source(Streams streams, RecordStore records, Stream stream, StreamConsumer consumer, int shardIndex) {

        /**
         * Returns the stream as it is now. @throws io.millrace.protocol.api.ServiceException if it or the consumer went
         */
        Stream now() {
            Stream now = streams.get(stream.key());
            boolean same = now.createdEpochMillis() == stream.createdEpochMillis();
            boolean registered = now.consumer(consumer.name())
                    .filter(found -> found.createdSecond() == consumer.createdSecond())
                    .isPresent();
            if (!same || !registered) {
                throw StreamErrors.consumerNotFound(consumer.name(), stream.key());
            }
            return now;
        }

        ServiceException takenByAnother() {
            return StreamErrors.subscribedAlready(consumer, stream.key(), ShardInfo.idOf(shardIndex));
        }

        ShardInfo shardOf(Stream now) {
            ShardInfo shard = now.shardAt(shardIndex);
            if (shard == null) {
                throw StreamErrors.shardNotFound(stream.key(), ShardInfo.idOf(shardIndex));
            }
            return shard;
        }
    }

    /**
     * Where a subscription begins.
     *
     * @param arrivalBefore when the record before that arrived, which is a part of its sequence number; epoch
     * milliseconds
     */
    record Start(long offset, long arrivalBefore) {}

    private volatile @Nullable ResponseStream out;
    private volatile @Nullable CompletableFuture<Void> waiting;
    private volatile boolean heartbeatDue;
    private volatile boolean expired;
    private volatile boolean closed;
    private long offset;
    private long arrivalBefore; // of the record before the offset: what readers go on after must not become smaller

    Subscription(Source source, Start start, KinesisApi.Threads threads, EventMemory memory, long openedEpochMillis) {
        this.source = source;
        this.offset = start.offset();
        this.arrivalBefore = start.arrivalBefore();
        this.threads = threads;
        this.underWay = new EventsUnderWay(memory, threads.timer(), this::wake);
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
        var heartbeat = threads.timer()
                .scheduleWithFixedDelay(() -> beat(stream), HEARTBEAT_MILLIS, HEARTBEAT_MILLIS, TimeUnit.MILLISECONDS);
        var end = threads.timer()
                .schedule(
                        () -> {
                            expired = true;
                            wake();
                        },
                        LIFETIME_MILLIS,
                        TimeUnit.MILLISECONDS);
        underWay.opened();
        stream.onWritable(this::wake);
        stream.onClosed(() -> {
            closed = true;
            underWay.closed();
            heartbeat.cancel(false);
            end.cancel(false);
            stopWaiting();
            onEnd.run();
        });
        wake();
    }

    private void beat(ResponseStream stream) {
        if (underWay.areStuck()) {
            LOG.warn(
                    "the subscriber {} to shard {} of {} is cut off: it takes nothing, and others need the memory",
                    source.consumer().name(),
                    source.shardIndex(),
                    source.stream().name());
            stream.abort();
        } else {
            heartbeatDue = true;
            wake();
        }
    }

    /** Ends this subscription because a later call has taken it over. */
    void takenOver() {
        end(out, source.takenByAnother());
    }

    private void wake() {
        wokenMeanwhile.set(true);
        if (!closed && pumping.compareAndSet(false, true)) {
            threads.reads().execute(this::pump);
        }
    }

    private void pump() {
        ResponseStream stream = out;
        try {
            while (stream != null && wokenMeanwhile.getAndSet(false) && !closed) {
                pushAvailable(stream);
            }
        } catch (ServiceException e) {
            end(stream, e);
        } catch (IOException | RuntimeException e) { // the outermost frame of the pump
            LOG.error(
                    "subscription to {} of {} failed",
                    source.shardIndex(),
                    source.stream().name(),
                    e);
            end(stream, new ServiceException("InternalFailureException", 500, ""));
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
        Stream now = source.now();
        ShardInfo shard = source.shardOf(now);
        boolean more = true;
        while (more && stream.isWritable() && !closed && mayPush()) {
            ReadBudget.Share share = underWay.take();
            if (share == null) {
                return;
            }
            Pushed pushed;
            try {
                pushed = pushOne(stream, now, shard, share);
            } catch (IOException | RuntimeException e) {
                share.close();
                throw e;
            }
            if (pushed == Pushed.WAITING) {
                return;
            }
            if (pushed == Pushed.LAST) {
                stream.finish();
                return;
            }
            more = pushed == Pushed.SOME;
        }
        if (!more) {
            await(shard);
        }
    }

    private enum Pushed {
        SOME,
        /** There is nothing for now. */
        NOTHING,
        /** There is no room for it; this subscription will be woken. */
        WAITING,
        /** The shard is closed, and has nothing more. */
        LAST
    }

    /** Sends one event if there is something to say. The share goes with it, or is given back. */
    private Pushed pushOne(ResponseStream stream, Stream now, ShardInfo shard, ReadBudget.Share share)
            throws IOException {
        int mostRecords = (int) (share.recordBytes() / LEAST_SHOWN_BYTES);
        RecordStore.Batch batch = source.records().read(shard, offset, mostRecords, share.recordBytes(), share);
        boolean some = !batch.records().isEmpty();
        boolean atEnd = shard.endsAt(batch.nextOffset());
        if (!some && !heartbeatDue && !atEnd) {
            share.close();
            return Pushed.NOTHING;
        }
        long arrival = some ? batch.records().get(batch.records().size() - 1).arrivalEpochMillis() : arrivalBefore;
        byte[] payload = payloadOf(now, shard, batch, atEnd ? null : arrival);
        if (!share.keepMade(payload.length)) {
            share.close();
            underWay.waitForRoom();
            return Pushed.WAITING;
        }
        heartbeatDue = false;
        offset = batch.nextOffset();
        arrivalBefore = arrival;
        count(shard, batch);
        underWay.send(stream, EventFrames.event(payload), share);
        if (atEnd) {
            return Pushed.LAST;
        }
        return some ? Pushed.SOME : Pushed.NOTHING;
    }

    private void await(ShardInfo shard) {
        CompletableFuture<Void> next = source.records().available(shard, offset);
        waiting = next;
        next.whenComplete((done, cancelled) -> wakeUnlessStopped(next));
        if (!Objects.equals(source.shardOf(source.now()).closing(), shard.closing())) {
            wake(); // it was closed before anybody waited for it
        }
    }

    private void wakeUnlessStopped(CompletableFuture<Void> awaited) {
        if (waiting == awaited) {
            wake();
        }
    }

    /** Tells whether the consumer has throughput left; if not, wakes this subscription when it has. */
    private boolean mayPush() {
        long wait = source.streams().limits().enforced() ? paid.nanosUntilPaid(System.nanoTime()) : 0;
        if (wait > 0) {
            threads.timer().schedule(this::wake, wait, TimeUnit.NANOSECONDS);
        }
        return wait <= 0;
    }

    private void count(ShardInfo shard, RecordStore.Batch batch) {
        StreamMetrics metrics = source.streams().metrics();
        metrics.add(source.stream().key(), Metric.EVENT_SUCCESS, 1);
        metrics.add(source.stream().key(), Metric.EVENT_BYTES, batch.bytes());
        metrics.add(source.stream().key(), Metric.EVENT_RECORDS, batch.records().size());
        metrics.add(source.stream().key(), Metric.EVENT_MILLIS_BEHIND_LATEST, batch.millisBehindLatest());
        source.streams().lags().report(source.stream(), shard, source.consumer().name(), batch);
        paid.spendFromNow((double) batch.bytes(), System.nanoTime());
    }

    private static void end(@Nullable ResponseStream stream, ServiceException why) {
        if (stream != null) {
            stream.write(EventFrames.exception(why));
            stream.finish();
        }
    }

    /** @param arrival of the last record before those that follow; absent at the end of the shard */
    private static byte[] payloadOf(Stream now, ShardInfo shard, RecordStore.Batch batch, @Nullable Long arrival) {
        RecordsOutput output = new RecordsOutput(BodyFormat.JSON_1_1, shard);
        output.reserve(ENDING_BYTES + Math.toIntExact(output.lengthOf(batch.records())));
        batch.records().forEach(output::record);
        output.endEvent(
                arrival == null ? null : shard.sequenceNumberBefore(batch.nextOffset(), arrival),
                batch.millisBehindLatest(),
                arrival == null ? ShardShapes.children(now, shard) : null);
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
