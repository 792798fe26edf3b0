package io.millrace.protocol.endpoint;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One connection, with requests that come at once and answers that do not. */
@Timeout(30)
class ExchangeHandlerTest {
    private static final int MOST_BYTES = 100_000;

    private final HttpDate date = new HttpDate(InstantSource.fixed(Instant.parse("2026-11-29T12:00:00Z")));
    private final UnfinishedBodies.OfAllLoops unfinished = new UnfinishedBodies.OfAllLoops(150_000, 1);
    private final BodyBudget budget = new BodyBudget(300_000);
    private final RequestsUnderWay underWay = new RequestsUnderWay();
    private final Deque<Exchange> later = new ArrayDeque<>();
    private final FailingWrites writes = new FailingWrites();
    private final EmbeddedChannel channel = new EmbeddedChannel();

    ExchangeHandlerTest() {
        channel.config().setAutoRead(false);
        channel.pipeline()
                .addLast(
                        writes,
                        new StrictRequestDecoder(new HttpDecoderConfig()),
                        new SmallAnswerEncoder(date),
                        new FlowControlHandler(),
                        new ExchangeHandler(
                                new ExchangeHandler.Service(
                                        this::route,
                                        new BodyBudgets(budget, budget),
                                        unfinished,
                                        new UnreadData.OfAllLoops(1_000_000, 1),
                                        date,
                                        underWay,
                                        EndpointLimits.defaults()),
                                false));
    }

    private Route route(RequestHead head) {
        Route.WholeHandler handler = switch (head.path()) {
            case "/later" -> (exchange, body) -> later.add(exchange);
            case "/throws" ->
                (exchange, body) -> {
                    throw new IllegalStateException("a defect");
                };
            default -> (exchange, body) -> exchange.answer(200, Map.of(), Unpooled.wrappedBuffer(body));
        };
        return new Route.Whole(MOST_BYTES, handler, exchange -> Answer.empty(413, Map.of()));
    }

    private void send(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, US_ASCII));
        channel.runPendingTasks();
    }

    private void answerNext() {
        later.remove().answer(200, Map.of(), Unpooled.copiedBuffer("late", US_ASCII));
        channel.runPendingTasks();
    }

    /** Returns the bodies and status lines of what was answered. */
    private String answers() {
        StringBuilder text = new StringBuilder();
        for (ByteBuf buffer = channel.readOutbound(); buffer != null; buffer = channel.readOutbound()) {
            text.append(buffer.toString(US_ASCII));
            buffer.release();
        }
        return text.toString();
    }

    private static String chunked(String... pieces) {
        StringBuilder text = new StringBuilder("POST /echo HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n");
        for (String piece : pieces) {
            text.append(Integer.toHexString(piece.length()))
                    .append("\r\n")
                    .append(piece)
                    .append("\r\n");
        }
        return text.append("0\r\n\r\n").toString();
    }

    private static String get(String path) {
        return "GET %s HTTP/1.1\r\nhost: h\r\n\r\n".formatted(path);
    }

    @Test
    void requestsThatCameTogetherGiveBackTheMemoryOfTheirBodies() throws Exception {
        send(get("/later") + chunked("first") + chunked("second") + chunked("third"));
        answerNext();

        assertThat(answers()).containsSubsequence("late", "first", "second", "third");
        assertThat(budget.usedBytes()).isZero();
        assertThat(underWay.drain(Duration.ZERO)).isTrue();
        send(chunked("x".repeat(80_000)));
        assertThat(answers()).hasSizeGreaterThan(80_000);
    }

    @Test
    void aBodyOfThousandsOfPiecesThatWaitedIsReadPieceByPiece() {
        int pieces = 20_000;
        String[] texts = new String[pieces];
        Arrays.fill(texts, "a");
        send(get("/later") + chunked(texts));
        answerNext();

        assertThat(channel.isOpen()).isTrue();
        assertThat(answers()).contains("late", "a".repeat(pieces));
    }

    @Test
    void aBodyThatHadToWaitForMemoryIsWatchedLikeAnyOther() {
        BodyBudget.Share all = budget.ask(150_000, Runnable::run, () -> {});
        send("POST /echo HTTP/1.1\r\nhost: h\r\ncontent-length: 90000\r\n\r\n");
        all.release();
        channel.runPendingTasks();
        assertThat(budget.usedBytes()).isEqualTo(180_000);

        for (int i = 0; i < 40; i++) {
            channel.advanceTimeBy(1, TimeUnit.SECONDS);
            channel.runScheduledPendingTasks();
        }
        assertThat(channel.isOpen()).isFalse();
        assertThat(budget.usedBytes()).isZero();
    }

    private static final String CHUNKED = "POST /echo HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n";

    @Test
    void aChunkedBodyThatTricklesHoldsUpNobodyAndIsCutLikeAnyOther() {
        send(CHUNKED + "1\r\na\r\n");
        assertThat(budget.usedBytes()).isZero();

        for (int i = 0; i < 29; i++) {
            channel.advanceTimeBy(1, TimeUnit.SECONDS);
            channel.runScheduledPendingTasks();
            send("1\r\na\r\n");
        }
        assertThat(channel.isOpen()).isTrue();
        channel.advanceTimeBy(2, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aChunkedBodyTakesAShareOnceItIsLarge() {
        send(CHUNKED + chunk(60_000));
        assertThat(budget.usedBytes()).isZero();
        BodyBudget.Share most = budget.ask(75_000, Runnable::run, () -> {});
        send(chunk(10_000) + chunk(10_000));
        assertThat(budget.usedBytes()).as("waits").isEqualTo(150_000);
        for (int i = 0; i < 40; i++) { // for as long as others take, and not as a body that is too slow
            channel.advanceTimeBy(1, TimeUnit.SECONDS);
            channel.runScheduledPendingTasks();
        }
        most.release();
        channel.runPendingTasks();
        assertThat(budget.usedBytes()).isEqualTo(200_000);

        send("0\r\n\r\n");
        assertThat(answers()).hasSizeGreaterThan(80_000);
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void aClientThatGoesWhileItsBodyWaitsLeavesNothingBehind() {
        BodyBudget.Share most = budget.ask(75_000, Runnable::run, () -> {});
        send(CHUNKED + chunk(70_000) + chunk(10_000));
        channel.close();
        channel.runPendingTasks();
        most.release();
        channel.runPendingTasks();

        assertThat(budget.usedBytes()).isZero();
        assertThat(unfinished.of(channel.eventLoop()).usedBytes()).isZero();
    }

    @Test
    void smallBodiesCountUntilTheyAreWhole() {
        String head = "POST /echo HTTP/1.1\r\nhost: h\r\ncontent-length: 60000\r\n\r\n";
        send(head + "x".repeat(50_000));
        assertThat(unfinished.of(channel.eventLoop()).usedBytes()).isBetween(60_000L, 65_000L);

        send("x".repeat(10_000));
        assertThat(unfinished.of(channel.eventLoop()).usedBytes()).isZero();
        assertThat(answers()).hasSizeGreaterThan(60_000);
        send(head + "x".repeat(60_000));
        assertThat(answers()).hasSizeGreaterThan(60_000);
    }

    @Test
    void aSmallBodyIsCutWhenOthersTakeAllTheMemory() {
        send("POST /echo HTTP/1.1\r\nhost: h\r\ncontent-length: 60000\r\n\r\n" + "x".repeat(50_000));
        UnfinishedBodies.Body other = unfinished.of(channel.eventLoop()).begin(new EmbeddedChannel(), () -> {});
        other.takes(100_000);
        channel.runPendingTasks();

        assertThat(channel.isOpen()).isFalse();
        assertThat(unfinished.of(channel.eventLoop()).usedBytes()).isEqualTo(100_000);
    }

    private static String chunk(int length) {
        return Integer.toHexString(length) + "\r\n" + "x".repeat(length) + "\r\n";
    }

    @Test
    void aConnectionWhoseAnswerCannotBeWrittenIsClosed() {
        send(get("/later") + get("/echo"));
        writes.failNext = true;
        answerNext();

        assertThat(channel.isOpen()).isFalse();
        assertThat(answers()).isEmpty();
    }

    @Test
    void aRequestIsUnderWayUntilItIsAnsweredOrItsClientIsGone() throws Exception {
        send(get("/throws"));
        assertThat(answers()).startsWith("HTTP/1.1 500");
        assertThat(underWay.drain(Duration.ZERO)).isTrue();

        send(get("/later"));
        assertThat(underWay.drain(Duration.ZERO)).isFalse();
        answerNext();
        assertThat(underWay.drain(Duration.ZERO)).isTrue();

        send(get("/later"));
        channel.close();
        channel.runPendingTasks();
        assertThat(underWay.drain(Duration.ZERO)).isTrue();
        later.remove().answer(200, Map.of(), Unpooled.EMPTY_BUFFER);
    }

    /** Stands for a socket that has no memory left. */
    private static final class FailingWrites extends ChannelOutboundHandlerAdapter {
        private boolean failNext;

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            if (failNext) {
                failNext = false;
                ReferenceCountUtil.release(message);
                promise.setFailure(new IOException("injected"));
            } else {
                context.write(message, promise);
            }
        }
    }
}
