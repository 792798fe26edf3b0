package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the HTTP objects of one HTTP/1.1 connection or one HTTP/2 stream into {@link Exchange}s, one after the other.
 *
 * <p>Reading is by demand: the next message is asked for only when the one before it was dealt with, so pipelined
 * requests wait in the socket and are answered in order. Confined to the channel's event loop.
 */
final class ExchangeHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ExchangeHandler.class);
    private static final int DRAIN_SECONDS = 5;

    private enum State {
        AWAITING_HEAD,
        COLLECTING,
        STREAMING,
        AWAITING_ANSWER,
        DRAINING
    }

    /** What all connections of an endpoint share. */
    record Service(
            RequestRouter router,
            BodyBudgets bodies,
            UnfinishedBodies.OfAllLoops unfinished,
            UnreadData.OfAllLoops unread,
            HttpDate date,
            RequestsUnderWay underWay,
            EndpointLimits limits) {}

    private final Service service;
    private final boolean http2;
    private final BodyIntake intake;

    private State state = State.AWAITING_HEAD;
    private boolean asking;
    private boolean delivering;
    private int delivered;
    private boolean secure;
    private @Nullable NettyExchange exchange;
    private @Nullable BodyReceiver receiver;
    private @Nullable Future<?> headTimeout;
    private @Nullable Future<?> drainTimeout;

    ExchangeHandler(Service service, boolean http2) {
        this.service = service;
        this.http2 = http2;
        this.intake = new BodyIntake(service);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        Channel connection = http2 ? context.channel().parent() : context.channel();
        secure = connection.pipeline().get(SslHandler.class) != null;
        if (context.channel().isActive()) {
            askForMore(context);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        askForMore(context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        asking = false;
        delivered++;
        try {
            if (state == State.DRAINING) {
                drain(context, message);
            } else if (message instanceof HttpRequest request) {
                onHead(context, request);
                if (message instanceof HttpContent content
                        && request.decoderResult().isSuccess()) {
                    onContent(context, content); // HTTP/2 without a body arrives as one full request
                }
            } else if (message instanceof HttpContent content) {
                onContent(context, content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    /**
     * Asks for the next message. Those that have come already are delivered at once, one after the other and not each
     * within the one before it: there may be thousands.
     */
    private void askForMore(ChannelHandlerContext context) {
        asking = true;
        if (delivering) {
            return; // whoever delivers sees that more is wanted
        }
        delivering = true;
        try {
            int before;
            do {
                before = delivered;
                context.read();
            } while (asking && delivered != before);
        } finally {
            delivering = false;
        }
    }

    /** A pass over the socket can end without a message for us; what was asked for then has to be asked for again. */
    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (asking) {
            NettyExchange current = exchange;
            if (state == State.COLLECTING && current != null) {
                intake.notWhole(context, current.head().headers(), http2);
            } else if (state == State.AWAITING_HEAD && headTimeout == null && isWithinHead(context)) {
                long nanos = service.limits().head().toNanos();
                headTimeout = context.executor().schedule(() -> context.close(), nanos, TimeUnit.NANOSECONDS);
            }
            askForMore(context);
        }
    }

    private static boolean isWithinHead(ChannelHandlerContext context) {
        StrictRequestDecoder decoder = context.pipeline().get(StrictRequestDecoder.class);
        return decoder != null && decoder.isWithinHead();
    }

    private void dropTimeouts() {
        dropHeadTimeout();
        cancel(drainTimeout);
        drainTimeout = null;
    }

    private void dropHeadTimeout() {
        cancel(headTimeout);
        headTimeout = null;
    }

    private static void cancel(@Nullable Future<?> pending) {
        if (pending != null) {
            pending.cancel(false);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (!(event instanceof IdleStateEvent)) {
            context.fireUserEventTriggered(event);
        } else if (state == State.AWAITING_HEAD) {
            context.close();
        }
    }

    private void onHead(ChannelHandlerContext context, HttpRequest request) {
        dropHeadTimeout();
        NettyExchange current =
                new NettyExchange(context, headOf(request), HttpUtil.isKeepAlive(request), http2, service);
        current.onDone(() -> onAnswered(context, current));
        current.countIn(service.underWay().answers());
        exchange = current;
        if (request.decoderResult().isFailure()) {
            refuseMalformed(current, request.decoderResult().cause());
            return;
        }
        if (http2 && !HttpHosts.unite(request.headers())) {
            refuseMalformed(current, new IllegalArgumentException("not one host"));
            return;
        }
        Route route = service.router().route(current.head());
        if (route instanceof Route.Whole whole) {
            state = State.COLLECTING;
            long announced = HttpUtil.getContentLength(request, -1L);
            if (announced > whole.maxBodyBytes()) {
                refuseTooLarge(current, whole);
            } else if (!refuseByHead(current, whole, announced, request)) {
                intake.begin(context, whole, announced, () -> collect(context, current, request));
            }
        } else if (route instanceof Route.Streamed streamed) {
            state = State.STREAMING;
            continueIfExpected(context, request);
            receiver =
                    streamed.handler().begin(current, () -> context.executor().execute(() -> goOn(context, current)));
        }
    }

    /** Answers a request that is refused whatever its body is, unless the body is small or here already. */
    private static boolean refuseByHead(NettyExchange current, Route.Whole route, long announced, HttpRequest request) {
        boolean endless = announced < 0 && HttpUtil.isTransferEncodingChunked(request);
        boolean unread = announced > BodyBudget.SMALL_BYTES || endless;
        Answer refusal = unread ? route.headCheck().refusal(current) : null;
        if (refusal != null) {
            current.closeAfterAnswer();
            current.answer(refusal);
        }
        return refusal != null;
    }

    /** Reads on in a body that streams. */
    private void goOn(ChannelHandlerContext context, NettyExchange current) {
        if (exchange == current && state == State.STREAMING) {
            askForMore(context);
        }
    }

    /** Begins to read a body, once there is memory for it. */
    private void collect(ChannelHandlerContext context, NettyExchange current, HttpRequest request) {
        if (exchange == current && state == State.COLLECTING) {
            continueIfExpected(context, request);
            readUnlessFull(context, request);
        }
    }

    private static void continueIfExpected(ChannelHandlerContext context, HttpRequest request) {
        if (HttpUtil.is100ContinueExpected(request)) {
            context.writeAndFlush(new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
        }
    }

    private void readUnlessFull(ChannelHandlerContext context, HttpRequest request) {
        if (!(request instanceof HttpContent)) {
            askForMore(context);
        }
    }

    private void onContent(ChannelHandlerContext context, HttpContent content) {
        NettyExchange current = exchange;
        if (current == null) {
            askForMore(context);
            return;
        }
        if (content.decoderResult().isFailure()) {
            abortReceiver();
            refuseMalformed(current, content.decoderResult().cause());
            return;
        }
        boolean last = content instanceof LastHttpContent;
        BodyCollector body = intake.collector();
        if (state == State.COLLECTING && body != null) {
            onCollected(context, current, body, content);
        } else if (state == State.STREAMING && receiver != null) {
            onStreamed(receiver, content.content(), last);
        } else if (!last) {
            askForMore(context);
        }
    }

    private void onCollected(
            ChannelHandlerContext context, NettyExchange current, BodyCollector body, HttpContent content) {
        intake.add(body, content.content());
        if (body.isTooLarge()) {
            refuseTooLarge(current, body.route());
        } else if (content instanceof LastHttpContent) {
            state = State.AWAITING_ANSWER;
            intake.end();
            handOver(current, body);
        } else {
            intake.makeRoom(context, body, () -> goOnCollecting(context, body));
        }
    }

    private void goOnCollecting(ChannelHandlerContext context, BodyCollector body) {
        if (intake.collector() == body && state == State.COLLECTING) {
            askForMore(context);
        }
    }

    private void handOver(NettyExchange current, BodyCollector body) {
        current.countUntilAnswered(service.underWay());
        try {
            body.route().handler().handle(current, body.bytes());
        } catch (RuntimeException e) { // the outermost frame of a request
            LOG.error("request {}: handler failed", current.requestId(), e);
            current.answer(Answer.empty(500, Map.of()));
        }
    }

    private void onStreamed(BodyReceiver current, ByteBuf piece, boolean last) {
        if (piece.isReadable()) {
            current.onData(piece);
        }
        if (last) {
            state = State.AWAITING_ANSWER;
            receiver = null;
            current.onEnd();
        } else if (!piece.isReadable()) {
            if (exchange != null) {
                askForMore(exchange.context());
            }
        }
    }

    private static void refuseMalformed(NettyExchange current, Throwable cause) {
        HttpResponseStatus status = HttpResponseStatus.BAD_REQUEST;
        if (cause instanceof TooLongHttpHeaderException) {
            status = HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;
        } else if (cause instanceof TooLongHttpLineException) {
            status = HttpResponseStatus.REQUEST_URI_TOO_LONG;
        } else if (cause instanceof StrictRequestDecoder.UnknownVersionException) {
            status = HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED;
        }
        current.closeAfterAnswer();
        current.answer(Answer.empty(status.code(), Map.of()));
    }

    private void refuseTooLarge(NettyExchange current, Route.Whole route) {
        intake.end();
        current.closeAfterAnswer();
        current.answer(route.onTooLarge().answer(current));
    }

    /** Runs on the event loop once the response has been written to the socket or has failed. */
    private void onAnswered(ChannelHandlerContext context, NettyExchange answered) {
        boolean bodyUnread = state != State.AWAITING_ANSWER;
        exchange = null;
        intake.release();
        abortReceiver();
        if (!context.channel().isActive()) {
            return;
        }
        if (http2) {
            if (bodyUnread) {
                drainAndReset(context);
            }
        } else if (answered.closesConnection() || bodyUnread) {
            drainAndClose(context, bodyUnread);
        } else {
            state = State.AWAITING_HEAD;
            askForMore(context);
        }
    }

    /**
     * Closes the connection. While the client still sends, only our half is closed, and what it sends is read and
     * dropped until its request ends or a moment has passed: a reset would destroy the answer before the client has
     * read it.
     */
    private void drainAndClose(ChannelHandlerContext context, boolean bodyUnread) {
        if (!bodyUnread) {
            context.close();
            return;
        }
        state = State.DRAINING;
        drainTimeout = context.executor().schedule(() -> context.close(), DRAIN_SECONDS, TimeUnit.SECONDS);
        SslHandler tls = context.pipeline().get(SslHandler.class);
        ChannelFuture said = tls == null ? context.newSucceededFuture() : tls.closeOutbound();
        said.addListener(done -> {
            if (context.channel() instanceof DuplexChannel socket) {
                socket.shutdownOutput();
            }
        });
        askForMore(context);
    }

    /** As the other, for one stream: there are clients that read an answer only when all of their request is sent. */
    private void drainAndReset(ChannelHandlerContext context) {
        state = State.DRAINING;
        Runnable reset = () -> {
            if (context.channel().isActive()) { // NO_ERROR keeps the answer valid; a bare close would send CANCEL
                context.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR))
                        .addListener(sent -> context.close());
            }
        };
        drainTimeout = context.executor().schedule(reset, DRAIN_SECONDS, TimeUnit.SECONDS);
        askForMore(context);
    }

    private void drain(ChannelHandlerContext context, Object message) {
        if (message instanceof LastHttpContent) {
            context.close();
        } else {
            askForMore(context);
        }
    }

    private void abortReceiver() {
        BodyReceiver current = receiver;
        receiver = null;
        if (current != null) {
            current.onAbort();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (exchange != null && context.channel().isWritable()) {
            exchange.becameWritable();
        }
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        abortReceiver();
        intake.release();
        dropTimeouts();
        NettyExchange current = exchange;
        exchange = null;
        if (current != null) {
            current.clientGone();
        }
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("connection {} failed", context.channel().remoteAddress(), cause);
        ChannelFuture closed = context.close();
        closed.addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private RequestHead headOf(HttpRequest request) {
        String uri = originForm(request.uri());
        int mark = uri.indexOf('?');
        return new RequestHead(
                request.method().name(),
                mark < 0 ? uri : uri.substring(0, mark),
                mark < 0 ? "" : uri.substring(mark + 1),
                request.headers(),
                secure,
                http2);
    }

    /**
     * Java's PutMedia client names the whole URL in the request line, which every server has to take (RFC 9112, 3.2.2).
     */
    private static String originForm(String target) {
        int authority = target.indexOf("://");
        if (authority < 0 || target.startsWith("/")) {
            return target;
        }
        int path = target.indexOf('/', authority + 3);
        return path < 0 ? "/" : target.substring(path);
    }
}
