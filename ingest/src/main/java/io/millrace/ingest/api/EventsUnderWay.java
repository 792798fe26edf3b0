package io.millrace.ingest.api;

import io.millrace.protocol.endpoint.ResponseStream;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The events of one subscription that its socket has not taken yet, and the memory that they hold of what all
 * subscriptions have together.
 *
 * <p>Each has a part of it, the smaller the more there are. When little is left, a subscription waits until its own
 * events have left, or a moment, and then goes on with small ones: clients that take nothing do not stop those that do.
 *
 * <p>{@link #take} and {@link #send} are called by one thread at a time, everything else by any.
 */
final class EventsUnderWay {
    private static final long PAUSE_MILLIS = 10;
    private static final long LONG_PAUSE_MILLIS = 200; // since a large record is read in vain each time
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final EventMemory memory;
    private final ScheduledExecutorService timer;
    private final Runnable wake;
    private final LongSupplier nanoTime;
    private final AtomicLong bytes = new AtomicLong();
    private boolean paused;
    private volatile boolean waiting;
    private volatile long progressNanos;

    /** @param wake is called when there is memory again */
    EventsUnderWay(EventMemory memory, ScheduledExecutorService timer, Runnable wake) {
        this(memory, timer, wake, System::nanoTime);
    }

    EventsUnderWay(EventMemory memory, ScheduledExecutorService timer, Runnable wake, LongSupplier nanoTime) {
        this.memory = memory;
        this.timer = timer;
        this.wake = wake;
        this.nanoTime = nanoTime;
    }

    /** Has its part of the memory from now on. */
    void opened() {
        memory.opened();
    }

    /** Leaves its part to others. */
    void closed() {
        memory.closed();
    }

    /** Takes memory for one event; nothing when it has to wait. */
    ReadBudget.@Nullable Share take() {
        long left = memory.bytesOfEach() - bytes.get();
        ReadBudget.Share share = left > 0 ? memory.budget().tryTake(left) : null;
        if (share == null) {
            if (mustWait()) {
                return null;
            }
            share = memory.budget().takeLeast();
        }
        paused = false;
        return share;
    }

    private boolean mustWait() {
        if (bytes.get() > 0) {
            waiting = true;
            if (bytes.get() > 0) {
                return true;
            }
            waiting = false;
        }
        if (!paused) {
            paused = true;
            timer.schedule(wake, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        }
        return false;
    }

    /** Wakes the subscription some time later: a record needs more room than there is. */
    void waitForRoom() {
        timer.schedule(wake, LONG_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Sends an event, whose memory is given back when it has left. */
    void send(ResponseStream stream, ByteBuf event, ReadBudget.Share share) {
        int size = event.readableBytes();
        if (bytes.getAndAdd(size) == 0) {
            progressNanos = nanoTime.getAsLong();
        }
        stream.write(event, () -> {
            share.close();
            progressNanos = nanoTime.getAsLong();
            bytes.addAndGet(-size);
            if (waiting) {
                waiting = false;
                wake.run();
            }
        });
    }

    /** Tells whether the client has long taken nothing while others need the memory. */
    boolean areStuck() {
        return bytes.get() > 0
                && nanoTime.getAsLong() - progressNanos > STUCK_NANOS
                && memory.budget().isShort();
    }
}
