package io.millrace.protocol.endpoint;

import io.millrace.protocol.endpoint.SmallAnswerEncoder.SmallAnswer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An {@link Exchange} on a Netty channel: either a whole HTTP/1.1 connection's current request or one HTTP/2 stream.
 */
final class NettyExchange implements Exchange, ResponseStream {
    private static final Logger LOG = LoggerFactory.getLogger(NettyExchange.class);
    private static final int LARGE_BYTES = 256 * 1024;
    private static final int OK = 200;

    private final ChannelHandlerContext context;
    private final RequestHead head;
    private final boolean http2;
    private final Duration take;
    private final HttpDate date;
    private final String requestId = RequestIds.next();
    private final AtomicBoolean answered = new AtomicBoolean();
    private final AtomicBoolean finished = new AtomicBoolean();
    private final AtomicReference<@Nullable RequestsUnderWay> countedBy = new AtomicReference<>();

    private volatile boolean keepAlive;
    private @Nullable AnswerCounts counts;
    private volatile long beganNanos = System.nanoTime();
    private volatile String service = AnswerCounts.NONE;
    private volatile String operation = AnswerCounts.NONE;
    private @Nullable Runnable onDone;
    private volatile @Nullable Runnable onWritable;

    // Confined to the event loop.
    private boolean done;
    private @Nullable Runnable onClosed;
    private @Nullable BodyPieces pieces;
    private long bytesLeft; // of the pieces
    private @Nullable Future<?> takeTimeout;

    NettyExchange(
            ChannelHandlerContext context,
            RequestHead head,
            boolean keepAlive,
            boolean http2,
            ExchangeHandler.Service service) {
        this.context = context;
        this.head = head;
        this.keepAlive = keepAlive;
        this.http2 = http2;
        this.take = service.limits().take();
        this.date = service.date();
    }

    /** Sets what is run on the event loop when the response is out. Set once, before the request is routed. */
    void onDone(Runnable callback) {
        onDone = callback;
    }

    /** Sets where the answer is counted. Set once, before the request is routed. */
    void countIn(AnswerCounts answers) {
        counts = answers;
    }

    @Override
    public void called(String calledService, String calledOperation) {
        service = calledService;
        operation = calledOperation;
    }

    private void countAnswer(int status) {
        AnswerCounts answers = counts;
        if (answers != null) {
            answers.count(service, operation, status, System.nanoTime() - beganNanos);
        }
    }

    /** Counts the request as under way until it is answered or nobody is there to be answered any more. */
    void countUntilAnswered(RequestsUnderWay requests) {
        beganNanos = System.nanoTime(); // the time that the client took to send it does not count
        requests.begin();
        countedBy.set(requests);
    }

    private void endCount() {
        RequestsUnderWay requests = countedBy.getAndSet(null);
        if (requests != null) {
            requests.end();
        }
    }

    ChannelHandlerContext context() {
        return context;
    }

    void closeAfterAnswer() {
        keepAlive = false;
    }

    boolean closesConnection() {
        return !keepAlive;
    }

    @Override
    public RequestHead head() {
        return head;
    }

    @Override
    public String requestId() {
        return requestId;
    }

    @Override
    public Executor eventLoop() {
        return context.executor();
    }

    @Override
    public void answer(Answer answer) {
        answer(answer.status(), answer.headers(), Unpooled.wrappedBuffer(answer.body()));
    }

    @Override
    public void answer(int status, Map<String, String> headers, ByteBuf body) {
        int length = body.readableBytes();
        if (length > LARGE_BYTES) {
            answer(status, headers, new SlicedBody(body));
        } else if (!mayAnswer(status)) {
            body.release(); // the endpoint has closed; nobody is there to be answered
        } else if (status == OK && length <= SmallAnswerEncoder.MOST_BYTES && !http2 && !isHead()) {
            SmallAnswer answer = new SmallAnswer(headers, keepAlive, body);
            onEventLoop(() -> send(answer, () -> {}));
        } else {
            if (isHead()) {
                body.skipBytes(length);
            }
            sendWhole(status, headers, body, length, () -> {});
        }
    }

    /** Sends an answer, and counts the request as answered once it is on its way. */
    private void onEventLoop(Runnable send) {
        if (context.executor().inEventLoop()) {
            send.run();
        } else {
            context.executor().execute(send);
        }
        endCount();
    }

    @Override
    public void answer(int status, Map<String, String> headers, BodyPieces body) {
        long length = body.lengthBytes();
        boolean inPieces = length > BodyPieces.PIECE_BYTES && !isHead();
        // made before the answer is begun: should that fail, there can be another answer
        ByteBuf whole = inPieces || isHead() || length == 0 ? Unpooled.EMPTY_BUFFER : body.next(context.alloc());
        if (!mayAnswer(status)) {
            whole.release();
            body.close();
        } else if (inPieces) {
            HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
            setHeaders(response.headers(), headers);
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
            context.executor().execute(() -> sendInPieces(response, body));
            endCount();
        } else {
            sendWhole(status, headers, whole, length, body::close);
        }
    }

    private boolean isHead() {
        return head.method().equals("HEAD");
    }

    private boolean mayAnswer(int status) {
        if (!answered.compareAndSet(false, true)) {
            throw new IllegalStateException(String.format(Locale.ROOT, "request %s was answered before", requestId));
        }
        countAnswer(status);
        return !context.executor().isShuttingDown();
    }

    private void sendWhole(int status, Map<String, String> headers, ByteBuf body, long length, Runnable sent) {
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), body);
        setHeaders(response.headers(), headers);
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
        onEventLoop(() -> send(response, sent));
    }

    private void send(Object response, Runnable sent) {
        ChannelFuture written = context.writeAndFlush(response);
        written.addListener(outcome -> {
            sent.run();
            end(outcome);
        });
        if (!written.isDone()) {
            closeUnlessTaken();
        }
    }

    /** Sends a large body piece by piece as the socket takes it. */
    private void sendInPieces(HttpResponse response, BodyPieces body) {
        if (done) {
            body.close();
            return;
        }
        pieces = body;
        bytesLeft = body.lengthBytes();
        context.write(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        closeUnlessTaken();
        sendPieces();
    }

    private void sendPieces() {
        BodyPieces body = pieces;
        if (body == null) {
            return;
        }
        try {
            while (bytesLeft > 0 && context.channel().isWritable()) {
                sendPiece(body.next(context.alloc()));
            }
        } catch (RuntimeException e) { // the head is out: all that can be done is not to pretend that the body is whole
            LOG.error("request {}: making the body of the answer failed", requestId, e);
            context.close();
        }
        context.flush();
    }

    private void sendPiece(ByteBuf piece) {
        int length = piece.readableBytes();
        if (length == 0 || length > bytesLeft) {
            piece.release();
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "a piece of %d bytes, with %d left", length, bytesLeft));
        }
        bytesLeft -= length;
        if (bytesLeft > 0) {
            context.write(new DefaultHttpContent(piece)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        } else {
            context.write(new DefaultLastHttpContent(piece)).addListener(written -> {
                dropPieces();
                end(written);
            });
        }
    }

    private void dropPieces() {
        BodyPieces body = pieces;
        pieces = null;
        if (body != null) {
            body.close();
        }
    }

    /** Closes the connection of a client that does not take its answer. */
    private void closeUnlessTaken() {
        long left = bytesLeft;
        takeTimeout = context.executor().schedule(() -> closeIfStill(left), take.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void closeIfStill(long before) {
        if (done) {
            return;
        }
        if (before - bytesLeft < EndpointLimits.LEAST_BYTES) {
            context.close();
        } else {
            closeUnlessTaken();
        }
    }

    @Override
    public ResponseStream answerStreaming(int status, Map<String, String> headers) {
        if (!answered.compareAndSet(false, true)) {
            throw new IllegalStateException(String.format(Locale.ROOT, "request %s was answered before", requestId));
        }
        countAnswer(status);
        DefaultHttpResponse response =
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
        setHeaders(response.headers(), headers);
        if (!http2) {
            response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        endCount();
        return this;
    }

    private void setHeaders(HttpHeaders target, Map<String, String> headers) {
        target.set(HttpHeaderNames.DATE, date.text());
        headers.forEach(target::set);
        if (!keepAlive && !http2) {
            target.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
    }

    @Override
    public void write(ByteBuf piece) {
        write(piece, () -> {});
    }

    @Override
    public void write(ByteBuf piece, Runnable gone) {
        if (finished.get()) {
            piece.release();
            context.executor().execute(gone);
        } else {
            context.writeAndFlush(new DefaultHttpContent(piece))
                    .addListener(ChannelFutureListener.CLOSE_ON_FAILURE)
                    .addListener(written -> gone.run());
        }
    }

    @Override
    public boolean isWritable() {
        return context.channel().isWritable();
    }

    @Override
    public void onWritable(Runnable callback) {
        onWritable = callback;
    }

    @Override
    public void onClosed(Runnable callback) {
        context.executor().execute(() -> {
            if (done) {
                callback.run();
            } else {
                onClosed = callback;
            }
        });
    }

    @Override
    public void finish() {
        if (finished.compareAndSet(false, true)) {
            context.executor().execute(() -> {
                context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(this::end);
                if (!done) {
                    closeUnlessTaken();
                }
            });
        }
    }

    @Override
    public void abort() {
        finished.set(true);
        context.executor().execute(() -> {
            if (!done) {
                context.close();
            }
        });
    }

    /** Called on the event loop when the socket has room again. */
    void becameWritable() {
        sendPieces();
        Runnable callback = onWritable;
        if (callback != null) {
            callback.run();
        }
    }

    /** Called on the event loop when the connection or stream is gone. */
    void clientGone() {
        endCount();
        dropPieces();
        finished.set(true);
        close();
    }

    /** Ends the exchange. A client whose answer could not be written would wait for it, or take the next one for it. */
    private void end(Future<?> written) {
        if (!written.isSuccess()) {
            context.close();
        }
        close();
        Runnable callback = onDone;
        if (callback != null) {
            callback.run();
        }
    }

    private void close() {
        if (done) {
            return;
        }
        done = true;
        Future<?> pending = takeTimeout;
        takeTimeout = null;
        if (pending != null) {
            pending.cancel(false);
        }
        Runnable callback = onClosed;
        if (callback != null) {
            callback.run();
        }
    }
}
