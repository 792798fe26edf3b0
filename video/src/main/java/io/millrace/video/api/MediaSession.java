package io.millrace.video.api;

import io.millrace.protocol.endpoint.BodyReceiver;
import io.millrace.protocol.endpoint.Exchange;
import io.millrace.protocol.endpoint.RequestFlow;
import io.millrace.protocol.endpoint.ResponseStream;
import io.millrace.video.fragments.FragmentHead;
import io.millrace.video.fragments.FragmentStore;
import io.millrace.video.fragments.FragmentTime;
import io.millrace.video.fragments.NewFragment;
import io.millrace.video.fragments.StreamGoneException;
import io.millrace.video.fragments.StreamIndex;
import io.millrace.video.mkv.FragmentListener;
import io.millrace.video.mkv.MalformedMkvException;
import io.millrace.video.mkv.MkvFragment;
import io.millrace.video.mkv.MkvHead;
import io.millrace.video.mkv.MkvParser;
import io.millrace.video.streams.VideoStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One {@code PutMedia} connection: cuts what arrives into fragments, has them stored and tells the producer.
 *
 * <p>Of each fragment the producer hears BUFFERING when it begins, RECEIVED when it is complete, and PERSISTED once it
 * is durable; the last is left out for a stream without retention. The answer ends after the last of them, or, after an
 * error, when all complete fragments before it were dealt with. A producer that does not read what it is told is not
 * listened to either. Confined to the connection's event loop.
 */
final class MediaSession implements BodyReceiver, FragmentListener {
    private static final Logger LOG = LoggerFactory.getLogger(MediaSession.class);
    private static final Duration SILENCE = Duration.ofSeconds(30);

    private final VideoStream stream;
    private final PutMediaHead head;
    private final Exchange exchange;
    private final ResponseStream acks;
    private final FragmentStore store;
    private final InstantSource clock;
    private final Runnable onClosed;
    private final IngestMemory.Share memory;
    private final MkvParser parser = new MkvParser(this);
    private final long beganMillis;

    private @Nullable MkvHead lastHead;
    private FragmentHead storedHead = new FragmentHead(new byte[0]);
    private long number;
    private long timecodeMillis;
    private long serverMillis;
    private boolean fragmentOpen;
    private int unstored;
    private long unstoredBytes;
    private boolean asked;
    private volatile long listeningSinceNanos;
    private volatile boolean listening;
    private long stuckSinceNanos;
    private boolean stuck;
    private boolean inputEnded;
    private boolean closed;

    /** What a session works with besides its request. */
    record Surroundings(FragmentStore store, IngestMemory memory, InstantSource clock) {}

    /** @param onClosed run once, on the event loop, when nothing more will come from the producer */
    MediaSession(VideoStream stream, PutMediaHead head, Opened opened, Surroundings surroundings, Runnable onClosed) {
        this.stream = stream;
        this.head = head;
        this.exchange = opened.exchange();
        this.acks = opened.acks();
        this.store = surroundings.store();
        this.clock = surroundings.clock();
        this.onClosed = onClosed;
        this.memory = surroundings.memory().open(() -> listen(opened.flow()));
        this.beganMillis = clock.millis();
        acks.onWritable(() -> onEventLoop(this::acksTaken));
    }

    /** A request whose answer has begun. */
    record Opened(Exchange exchange, ResponseStream acks, RequestFlow flow) {}

    /** Asks for the next piece, once, unless acknowledgements wait to be taken. */
    void askForMore() {
        if (!asked && !inputEnded && acks.isWritable()) {
            asked = true;
            memory.askForMore();
        }
    }

    private void acksTaken() {
        stuck = false;
        askForMore();
    }

    /** There is memory for what the producer sends next. Any thread. */
    private void listen(RequestFlow flow) {
        listeningSinceNanos = System.nanoTime(); // its silence counts from now on
        listening = true;
        flow.more();
    }

    @Override
    public void onData(ByteBuf piece) {
        listening = false;
        if (inputEnded) {
            return;
        }
        try {
            parser.feed(piece.nioBuffer());
            memory.hold(parser.heldBytes(), unstoredBytes);
            asked = false;
            askForMore();
        } catch (MalformedMkvException e) {
            refuse(e);
        }
    }

    @Override
    public void onEnd() {
        if (!inputEnded) {
            try {
                parser.end();
                endInput();
            } catch (MalformedMkvException e) {
                refuse(e);
            }
        }
        close();
    }

    @Override
    public void onAbort() {
        endInput();
        close();
    }

    /**
     * Ends a connection on which nothing has come, or no acknowledgement was taken, for half a minute. Called on the
     * event loop, every few seconds.
     */
    void endIfSilent() {
        if (inputEnded) {
            return;
        }
        if (listening && System.nanoTime() - listeningSinceNanos >= SILENCE.toNanos()) {
            LOG.info("stream {}: a producer was silent for {} and is disconnected", stream.name(), SILENCE);
            endInput();
        } else if (stuck && System.nanoTime() - stuckSinceNanos >= SILENCE.toNanos()) {
            LOG.info("stream {}: a producer took no answer for {} and is disconnected", stream.name(), SILENCE);
            acks.abort();
            endInput();
        }
    }

    void onEventLoop(Runnable task) {
        exchange.eventLoop().execute(task);
    }

    @Override
    public void onFragmentStart(long fragmentTimecodeMillis) {
        number = store.nextNumber();
        timecodeMillis = fragmentTimecodeMillis;
        serverMillis = Math.max(clock.millis(), newestMillis());
        fragmentOpen = true;
        send(AckEvent.of("BUFFERING", timecodeMillis, number));
    }

    /** The clock of an earlier run may have been ahead of this one's. */
    private long newestMillis() {
        return store.index(stream.id())
                .map(StreamIndex::newest)
                .map(newest -> newest.time().serverMillis())
                .orElse(Long.MIN_VALUE);
    }

    @Override
    public void onFragment(MkvFragment fragment) {
        fragmentOpen = false;
        if (inputEnded) {
            return;
        }
        send(AckEvent.of("RECEIVED", timecodeMillis, number));
        memory.fragmentFinished();
        long producerMillis = head.producerMillis(timecodeMillis, beganMillis);
        FragmentTime time = new FragmentTime(serverMillis, producerMillis, fragment.durationMillis());
        NewFragment stored = new NewFragment(number, time, headOf(fragment), fragment.payload());
        if (stream.isPersistent()) {
            persist(stored, timecodeMillis);
        } else {
            show(stored);
        }
    }

    @SuppressWarnings("ReferenceEquality") // the parser hands out the same object until a new head comes
    private FragmentHead headOf(MkvFragment fragment) {
        if (lastHead != fragment.head()) { // hashed once, not for each fragment
            lastHead = fragment.head();
            storedHead = new FragmentHead(fragment.head().bytes());
        }
        return storedHead;
    }

    private void persist(NewFragment fragment, long timecode) {
        int bytes = fragment.payloadBytes();
        unstored++;
        unstoredBytes += bytes;
        store.append(stream.id(), fragment)
                .whenComplete(
                        (done, failure) -> onEventLoop(() -> onStored(fragment.number(), timecode, bytes, failure)));
    }

    private void onStored(long stored, long timecode, int bytes, @Nullable Throwable failure) {
        unstored--;
        unstoredBytes -= bytes;
        if (!closed) {
            memory.hold(parser.heldBytes(), unstoredBytes);
        }
        if (failure == null) {
            send(AckEvent.of("PERSISTED", timecode, stored));
        } else if (!inputEnded || unstored == 0) {
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            boolean gone = cause instanceof StreamGoneException;
            LOG.warn("stream {}: fragment {} is not stored: {}", stream.name(), stored, String.valueOf(cause));
            send(AckEvent.error(
                    gone ? AckEvent.Failure.STREAM_DELETED : AckEvent.Failure.ARCHIVAL_ERROR, timecode, stored));
            endInput();
        }
        finishWhenStored();
    }

    private void show(NewFragment fragment) {
        try {
            store.keepInMemory(stream.id(), fragment);
        } catch (IOException e) {
            send(AckEvent.error(AckEvent.Failure.STREAM_DELETED, timecodeMillis, number));
            endInput();
        }
    }

    private void refuse(MalformedMkvException e) {
        LOG.info("stream {}: PutMedia ends: {}", stream.name(), e.getMessage());
        AckEvent.Failure failure = e.kind() == MalformedMkvException.Kind.INVALID
                ? AckEvent.Failure.INVALID_MKV_DATA
                : AckEvent.Failure.MAX_FRAGMENT_SIZE_REACHED;
        send(fragmentOpen ? AckEvent.error(failure, timecodeMillis, number) : AckEvent.error(failure));
        endInput();
    }

    private void endInput() {
        inputEnded = true;
        finishWhenStored();
    }

    private void finishWhenStored() {
        if (inputEnded && unstored == 0) {
            acks.finish();
            close();
        }
    }

    private void close() {
        if (!closed && inputEnded && unstored == 0) {
            closed = true;
            memory.close();
            onClosed.run();
        }
    }

    private void send(byte[] line) {
        acks.write(Unpooled.wrappedBuffer(line));
        if (!stuck && !acks.isWritable()) {
            stuck = true;
            stuckSinceNanos = System.nanoTime();
        }
    }
}
