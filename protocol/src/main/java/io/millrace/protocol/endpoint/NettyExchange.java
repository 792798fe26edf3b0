package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
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
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** An {@link Exchange} on a Netty channel: either a whole HTTP/1.1 connection's current request or one HTTP/2 stream. */
final class NettyExchange implements Exchange, ResponseStream {
    private static final int LARGE_BYTES = 256 * 1024;
    private static final int PIECE_BYTES = 128 * 1024;

    private final ChannelHandlerContext context;
    private final RequestHead head;
    private final boolean http2;
    private final Duration take;
    private final String requestId = UUID.randomUUID().toString();
    private final AtomicBoolean answered = new AtomicBoolean();
    private final AtomicBoolean finished = new AtomicBoolean();

    private volatile boolean keepAlive;
    private @Nullable Runnable onDone;
    private volatile @Nullable Runnable onWritable;

    // Confined to the event loop.
    private boolean done;
    private @Nullable Runnable onClosed;
    private @Nullable ByteBuf largeBody;
    private @Nullable Runnable largeBodySent;
    private @Nullable Future<?> takeTimeout;

    /** @param take how long the client may leave an answer in the socket */
    NettyExchange(ChannelHandlerContext context, RequestHead head, boolean keepAlive, boolean http2, Duration take) {
        this.context = context;
        this.head = head;
        this.keepAlive = keepAlive;
        this.http2 = http2;
        this.take = take;
    }

    /** Sets what is run on the event loop when the response is out. Set once, before the request is routed. */
    void onDone(Runnable callback) {
        onDone = callback;
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
        answer(answer.status(), answer.headers(), Unpooled.wrappedBuffer(answer.body()), () -> {});
    }

    @Override
    public void answer(int status, Map<String, String> headers, ByteBuf body, Runnable sent) {
        if (!answered.compareAndSet(false, true)) {
            throw new IllegalStateException("request %s was answered before".formatted(requestId));
        }
        if (context.executor().isShuttingDown()) {
            body.release();
            sent.run();
            return; // the endpoint has closed; nobody is there to be answered
        }
        int length = body.readableBytes();
        if (head.method().equals("HEAD")) {
            body.skipBytes(length);
        }
        if (body.readableBytes() > LARGE_BYTES) {
            HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
            setHeaders(response.headers(), headers);
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
            context.executor().execute(() -> sendInPieces(response, body, sent));
            return;
        }
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), body);
        setHeaders(response.headers(), headers);
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
        if (context.executor().inEventLoop()) {
            send(response, sent);
        } else {
            context.executor().execute(() -> send(response, sent));
        }
    }

    private void send(HttpResponse response, Runnable sent) {
        ChannelFuture written = context.writeAndFlush(response);
        written.addListener(outcome -> {
            sent.run();
            end();
        });
        if (!written.isDone()) {
            closeUnlessTaken();
        }
    }

    /**
     * Sends a large body piece by piece as the socket takes it: what is handed to the socket is copied out of the heap, and
     * small pieces of such memory are used again where one as large as the body would be made anew each time.
     */
    private void sendInPieces(HttpResponse response, ByteBuf body, Runnable sent) {
        if (done) {
            body.release();
            sent.run();
            return;
        }
        largeBody = body;
        largeBodySent = sent;
        context.write(response);
        closeUnlessTaken();
        sendPieces();
    }

    private void sendPieces() {
        ByteBuf body = largeBody;
        if (body == null) {
            return;
        }
        while (body.isReadable() && context.channel().isWritable()) {
            ByteBuf piece = body.readRetainedSlice(Math.min(PIECE_BYTES, body.readableBytes()));
            if (body.isReadable()) {
                context.write(new DefaultHttpContent(piece));
            } else {
                context.write(new DefaultLastHttpContent(piece)).addListener(written -> {
                    dropLargeBody();
                    end();
                });
            }
        }
        context.flush();
    }

    private void dropLargeBody() {
        ByteBuf body = largeBody;
        Runnable sent = largeBodySent;
        largeBody = null;
        largeBodySent = null;
        if (body != null) {
            body.release();
        }
        if (sent != null) {
            sent.run();
        }
    }

    /** Closes the connection of a client that does not take its answer. */
    private void closeUnlessTaken() {
        int left = largeBytesLeft();
        takeTimeout = context.executor().schedule(() -> closeIfStill(left), take.toNanos(), TimeUnit.NANOSECONDS);
    }

    private int largeBytesLeft() {
        ByteBuf body = largeBody;
        return body == null ? 0 : body.readableBytes();
    }

    private void closeIfStill(int before) {
        if (done) {
            return;
        }
        if (before - largeBytesLeft() < EndpointLimits.LEAST_BYTES) {
            context.close();
        } else {
            closeUnlessTaken();
        }
    }

    @Override
    public ResponseStream answerStreaming(int status, Map<String, String> headers) {
        if (!answered.compareAndSet(false, true)) {
            throw new IllegalStateException("request %s was answered before".formatted(requestId));
        }
        DefaultHttpResponse response =
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
        setHeaders(response.headers(), headers);
        if (!http2) {
            response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        context.writeAndFlush(response);
        return this;
    }

    private void setHeaders(HttpHeaders target, Map<String, String> headers) {
        headers.forEach(target::set);
        if (!keepAlive && !http2) {
            target.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
    }

    @Override
    public void write(ByteBuf piece) {
        if (finished.get()) {
            piece.release();
        } else {
            context.writeAndFlush(new DefaultHttpContent(piece));
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
            context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(written -> end());
        }
    }

    @Override
    public void abort() {
        if (finished.compareAndSet(false, true)) {
            context.close();
        }
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
        dropLargeBody();
        finished.set(true);
        close();
    }

    private void end() {
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
