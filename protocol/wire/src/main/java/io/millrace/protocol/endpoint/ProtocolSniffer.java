package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the first bytes of a connection and replaces itself by the handlers of what they are: a TLS record, the
 * HTTP/2 connection preface, or else HTTP/1.1.
 *
 * <p>Inside TLS it looks again, because a client may send HTTP/2 there without having offered it by ALPN. Confined to
 * the connection's event loop.
 */
final class ProtocolSniffer extends ByteToMessageDecoder {
    private static final int TLS_HEADER_BYTES = 5;
    private static final int MAX_HEADER_BYTES = 16 * 1024;
    private static final int MAX_CHUNK_BYTES = 64 * 1024;
    private static final int MAX_STREAMS_PER_CONNECTION = 128;
    private static final int MAX_RESETS_PER_SECOND = 100;
    /** So that streams whose bodies wait for memory leave room in the connection's window for those that need not. */
    private static final int STREAM_WINDOW_BYTES = 128 * 1024;

    private static final int CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
    private static final ByteBuf PREFACE = Http2CodecUtil.connectionPrefaceBuf();

    private final @Nullable Supplier<SslContext> tls;
    private final ExchangeHandler.Service service;
    private @Nullable Future<?> timeout;
    private boolean begun;

    private ProtocolSniffer(@Nullable Supplier<SslContext> tls, ExchangeHandler.Service service) {
        this.tls = tls;
        this.service = service;
    }

    /** The sniffer of a new connection, which may turn out to be TLS. */
    static ProtocolSniffer cleartext(Supplier<SslContext> tls, ExchangeHandler.Service service) {
        return new ProtocolSniffer(tls, service);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        closeAfter(context, service.limits().idle());
    }

    private void closeAfter(ChannelHandlerContext context, Duration limit) {
        dropTimeout();
        timeout = context.executor().schedule(() -> context.close(), limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void dropTimeout() {
        Future<?> pending = timeout;
        timeout = null;
        if (pending != null) {
            pending.cancel(false);
        }
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext context) {
        dropTimeout();
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (!begun) {
            begun = true;
            closeAfter(context, service.limits().head());
        }
        if (tls != null && in.readableBytes() < TLS_HEADER_BYTES) {
            return;
        }
        ChannelPipeline pipeline = context.pipeline();
        if (tls != null && SslHandler.isEncrypted(in, false)) {
            pipeline.addLast(tls.get().newHandler(context.alloc()));
            pipeline.addLast(new ProtocolSniffer(null, service));
        } else {
            int compared = Math.min(in.readableBytes(), PREFACE.readableBytes());
            boolean preface = ByteBufUtil.equals(in, in.readerIndex(), PREFACE, PREFACE.readerIndex(), compared);
            if (preface && compared < PREFACE.readableBytes()) {
                return;
            }
            if (preface) {
                serveHttp2(pipeline);
            } else {
                serveHttp1(pipeline);
            }
        }
        pipeline.remove(this);
    }

    private void serveHttp1(ChannelPipeline pipeline) {
        HttpDecoderConfig config = new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_HEADER_BYTES)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setMaxChunkSize(MAX_CHUNK_BYTES);
        pipeline.addLast(idleState());
        pipeline.addLast(new StrictRequestDecoder(config));
        pipeline.addLast(new SmallAnswerEncoder(service.date()));
        addExchangeHandlers(pipeline, false);
    }

    private void serveHttp2(ChannelPipeline pipeline) {
        Http2Settings settings = Http2Settings.defaultSettings()
                .maxConcurrentStreams(MAX_STREAMS_PER_CONNECTION)
                .initialWindowSize(STREAM_WINDOW_BYTES)
                .maxHeaderListSize(MAX_HEADER_BYTES);
        pipeline.addLast(idleState());
        Http2FrameCodec codec = Http2FrameCodecBuilder.forServer()
                .initialSettings(settings)
                .decoderEnforceMaxRstFramesPerWindow(MAX_RESETS_PER_SECOND, 1)
                .build();
        pipeline.addLast(codec);
        pipeline.addLast(new ConnectionWindow(CONNECTION_WINDOW_BYTES));
        pipeline.addLast(new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel stream) {
                stream.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(true));
                addExchangeHandlers(stream.pipeline(), true);
            }
        }));
        pipeline.addLast(
                new Http2ConnectionEnd(codec.connection(), service.unread().of(pipeline.channel())));
    }

    private IdleStateHandler idleState() {
        return new IdleStateHandler(service.limits().idle().toMillis(), 0, 0, TimeUnit.MILLISECONDS);
    }

    private void addExchangeHandlers(ChannelPipeline pipeline, boolean http2) {
        pipeline.channel().config().setAutoRead(false);
        pipeline.addLast(new FlowControlHandler());
        pipeline.addLast(new ExchangeHandler(service, http2));
    }
}
