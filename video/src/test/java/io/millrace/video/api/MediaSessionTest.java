package io.millrace.video.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.memory.MemoryPlan;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.BodyPieces;
import io.millrace.protocol.endpoint.Exchange;
import io.millrace.protocol.endpoint.RequestHead;
import io.millrace.protocol.endpoint.ResponseStream;
import io.millrace.video.Clients;
import io.millrace.video.fragments.FragmentSettings;
import io.millrace.video.fragments.FragmentStore;
import io.millrace.video.streams.StreamKey;
import io.millrace.video.streams.VideoStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A producer of a stream without retention, whose connection is in the hands of the test. */
@Timeout(20)
class MediaSessionTest {
    private static final byte[] SAMPLE = Clients.sample();
    private static final int HALF = SAMPLE.length / 2;
    private static final RequestHead HEAD =
            new RequestHead("POST", "/putMedia", "", EmptyHttpHeaders.INSTANCE, false, false);

    @TempDir
    Path directory;

    private final Acks acks = new Acks();
    private FragmentStore store;
    private MediaSession session;
    private int asked;

    @BeforeEach
    void open() throws IOException {
        store = FragmentStore.open(
                directory, Set.of(), FragmentSettings.of(MemoryPlan.ofThisProcess()), DiskGuard.of(directory));
        store.createInMemory(1);
        session = new MediaSession(
                new VideoStream(
                        1,
                        new StreamKey(Namespace.DEFAULT, "door"),
                        0,
                        "v",
                        new VideoStream.Settings(0, null, null, null, Map.of())),
                PutMediaHead.of(HEAD),
                new MediaSession.Opened(new DirectExchange(), acks, () -> asked++),
                new MediaSession.Surroundings(store, new IngestMemory(1 << 20), InstantSource.system()),
                () -> {});
        session.askForMore();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void aProducerThatDoesNotTakeItsAcknowledgementsIsAskedForNothingMore() {
        assertThat(asked).isEqualTo(1);
        acks.writable = false;
        session.onData(Unpooled.wrappedBuffer(SAMPLE, 0, HALF));
        assertThat(acks.lines).isNotEmpty();
        assertThat(asked).isEqualTo(1);

        acks.writable = true;
        acks.callback.run();
        acks.callback.run();
        assertThat(asked).isEqualTo(2);
        session.onData(Unpooled.wrappedBuffer(SAMPLE, HALF, SAMPLE.length - HALF));
        assertThat(asked).isEqualTo(3);
        session.onEnd();

        assertThat(acks.lines).hasSize(20); // BUFFERING and RECEIVED of ten
        assertThat(acks.finished).isTrue();
    }

    private static final class Acks implements ResponseStream {
        private final List<String> lines = new ArrayList<>();
        private boolean writable = true;
        private boolean finished;
        private Runnable callback = () -> {};

        @Override
        public void write(ByteBuf piece) {
            lines.add(piece.toString(StandardCharsets.US_ASCII));
            piece.release();
        }

        @Override
        public void write(ByteBuf piece, Runnable gone) {
            write(piece);
            gone.run();
        }

        @Override
        public boolean isWritable() {
            return writable;
        }

        @Override
        public void onWritable(Runnable toRun) {
            callback = toRun;
        }

        @Override
        public void onClosed(Runnable toRun) {}

        @Override
        public void finish() {
            finished = true;
        }

        @Override
        public void abort() {}
    }

    /** One whose event loop is the thread of the test. */
    private static final class DirectExchange implements Exchange {
        @Override
        public RequestHead head() {
            return HEAD;
        }

        @Override
        public String requestId() {
            return "id";
        }

        @Override
        public void answer(Answer answer) {}

        @Override
        public void answer(int status, Map<String, String> headers, ByteBuf body) {}

        @Override
        public void answer(int status, Map<String, String> headers, BodyPieces body) {}

        @Override
        public ResponseStream answerStreaming(int status, Map<String, String> headers) {
            throw new UnsupportedOperationException("is open");
        }

        @Override
        public Executor eventLoop() {
            return Runnable::run;
        }
    }
}
