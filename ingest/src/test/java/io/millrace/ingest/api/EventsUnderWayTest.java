package io.millrace.ingest.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.api.ReadBudget.Share;
import io.millrace.protocol.endpoint.ResponseStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What subscriptions may have on the way to clients that do not take it. */
class EventsUnderWayTest {
    private static final int EVENT_BYTES = 800_000;
    private static final long LIMIT_BYTES = 4L << 20;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final EventMemory memory = new EventMemory(LIMIT_BYTES);
    private final AtomicLong nanos = new AtomicLong();
    private final Semaphore woken = new Semaphore(0);
    private final Client slow = new Client();
    private final EventsUnderWay underWay = underWay();

    private EventsUnderWay underWay() {
        return new EventsUnderWay(memory, timer, woken::release, nanos::get);
    }

    @AfterEach
    void end() {
        timer.shutdownNow();
    }

    /** Takes pieces when it is told to. */
    private static final class Client implements ResponseStream {
        private final Deque<Runnable> untaken = new ArrayDeque<>();

        @Override
        public void write(ByteBuf piece, Runnable gone) {
            untaken.add(gone);
        }

        void takeOne() {
            untaken.remove().run();
        }

        @Override
        public void write(ByteBuf piece) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void onWritable(Runnable callback) {}

        @Override
        public void onClosed(Runnable callback) {}

        @Override
        public void finish() {}

        @Override
        public void abort() {}
    }

    private static boolean push(EventsUnderWay events, Client client, int bytes) {
        Share share = events.take();
        if (share == null) {
            return false;
        }
        boolean kept = share.keepMade(bytes);
        if (kept) {
            events.send(client, Unpooled.wrappedBuffer(new byte[bytes]), share);
        } else {
            share.close();
        }
        return kept;
    }

    /** Others have events under way, and little is left. */
    private void fillUp() {
        for (int i = 0; i < 3; i++) {
            EventsUnderWay other = underWay();
            while (push(other, slow, EVENT_BYTES)) {
                assertThat(memory.budget().bytes()).isLessThanOrEqualTo(LIMIT_BYTES);
            }
        }
        assertThat(slow.untaken).hasSize(5);
        woken.drainPermits();
    }

    @Test
    void aSubscriptionThatHasItsPartUnderWayWaitsUntilSomethingHasLeft() {
        while (push(underWay, slow, EVENT_BYTES)) {
            assertThat(slow.untaken).hasSizeLessThan(4);
        }
        assertThat(slow.untaken).as("half of all, and what goes beyond").hasSize(3);
        assertThat(woken.tryAcquire()).isFalse();

        slow.takeOne();

        assertThat(woken.tryAcquire()).isTrue();
        assertThat(push(underWay, slow, 100)).isTrue();
    }

    @Test
    void aPartIsSmallerWhenThereAreMore() {
        for (int i = 0; i < 10; i++) {
            memory.opened();
        }
        Share share = Objects.requireNonNull(underWay.take());
        assertThat(share.recordBytes()).isEqualTo(LIMIT_BYTES / 20);
        share.close();
        for (int i = 0; i < 9; i++) {
            memory.closed();
        }
        assertThat(Objects.requireNonNull(underWay.take()).recordBytes()).isEqualTo(512 * 1024);
    }

    @Test
    void aSubscriptionWithoutEventsGoesOnWithSmallOnesAfterAMoment() throws InterruptedException {
        fillUp();
        Client quick = new Client();

        assertThat(underWay.take()).isNull();
        assertThat(woken.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
        Share share = Objects.requireNonNull(underWay.take());
        assertThat(share.recordBytes()).isEqualTo(16 * 1024);
        assertThat(share.keepMade(60_000)).isTrue();
        underWay.send(quick, Unpooled.wrappedBuffer(new byte[60_000]), share);

        assertThat(underWay.take()).as("before the small one has left").isNull();
        quick.takeOne();
        assertThat(woken.tryAcquire()).isTrue();
    }

    @Test
    void aLargeRecordWaitsForRoom() throws InterruptedException {
        fillUp();
        assertThat(underWay.take()).isNull();
        assertThat(woken.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
        Share share = Objects.requireNonNull(underWay.take());
        assertThat(share.keepMade(1_500_000)).isFalse();
        share.close();
        underWay.waitForRoom();
        assertThat(woken.tryAcquire(5, TimeUnit.SECONDS)).isTrue();

        slow.takeOne();
        slow.takeOne();

        assertThat(push(underWay, new Client(), 1_500_000)).isTrue();
    }

    @Test
    void onlyWhoTakesNothingWhileMemoryIsShortIsStuck() {
        assertThat(push(underWay, slow, 1000)).isTrue();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(60));
        assertThat(underWay.areStuck()).as("there is memory for others").isFalse();

        slow.takeOne();
        Client mine = new Client();
        assertThat(push(underWay, mine, 1000)).isTrue();
        fillUp();
        assertThat(underWay.areStuck()).as("for no time").isFalse();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(60));
        assertThat(underWay.areStuck()).isTrue();
        assertThat(underWay().areStuck()).as("nothing is under way").isFalse();
        mine.takeOne();
        assertThat(underWay.areStuck()).as("it was taken").isFalse();
    }

    @Test
    void whatHasLeftIsGivenBack() {
        fillUp();
        while (!slow.untaken.isEmpty()) {
            slow.takeOne();
        }
        assertThat(memory.budget().bytes()).isZero();
    }
}
