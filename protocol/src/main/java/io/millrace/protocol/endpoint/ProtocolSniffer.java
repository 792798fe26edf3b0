package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.util.List;
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
    private static final int FIRST_BYTES_TIMEOUT_SECONDS = 60;
    private static final int MAX_HEADER_BYTES = 16 * 1024;
    private static final int MAX_CHUNK_BYTES = 64 * 1024;
    private static final int MAX_STREAMS_PER_CONNECTION = 1000;
    private static final int STREAM_WINDOW_BYTES = 1024 * 1024;
    private static final int CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
    private static final String TIMEOUT_NAME = "first-bytes-timeout";
    private static final ByteBuf PREFACE = Http2CodecUtil.connectionPrefaceBuf();

    private final @Nullable Supplier<SslContext> tls;
    private final RequestRouter router;
    private final BodyBudget budget;

    private ProtocolSniffer(@Nullable Supplier<SslContext> tls, RequestRouter router, BodyBudget budget) {
        this.tls = tls;
        this.router = router;
        this.budget = budget;
    }

    /** The sniffer of a new connection, which may turn out to be TLS. */
    static ProtocolSniffer cleartext(Supplier<SslContext> tls, RequestRouter router, BodyBudget budget) {
        return new ProtocolSniffer(tls, router, budget);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        context.pipeline().addFirst(TIMEOUT_NAME, new ReadTimeoutHandler(FIRST_BYTES_TIMEOUT_SECONDS));
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (tls != null && in.readableBytes() < TLS_HEADER_BYTES) {
            return;
        }
        ChannelPipeline pipeline = context.pipeline();
        if (tls != null && SslHandler.isEncrypted(in, false)) {
            dropTimeout(pipeline);
            pipeline.addLast(tls.get().newHandler(context.alloc()));
            pipeline.addLast(new ProtocolSniffer(null, router, budget));
        } else {
            int compared = Math.min(in.readableBytes(), PREFACE.readableBytes());
            boolean preface = ByteBufUtil.equals(in, in.readerIndex(), PREFACE, PREFACE.readerIndex(), compared);
            if (preface && compared < PREFACE.readableBytes()) {
                return;
            }
            dropTimeout(pipeline);
            if (preface) {
                serveHttp2(pipeline);
            } else {
                serveHttp1(pipeline);
            }
        }
        pipeline.remove(this);
    }

    private static void dropTimeout(ChannelPipeline pipeline) {
        pipeline.remove(TIMEOUT_NAME);
    }

    private void serveHttp1(ChannelPipeline pipeline) {
        HttpDecoderConfig config = new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_HEADER_BYTES)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setMaxChunkSize(MAX_CHUNK_BYTES);
        pipeline.addLast(new HttpServerCodec(config));
        addExchangeHandlers(pipeline, false);
    }

    private void serveHttp2(ChannelPipeline pipeline) {
        Http2Settings settings = Http2Settings.defaultSettings()
                .maxConcurrentStreams(MAX_STREAMS_PER_CONNECTION)
                .initialWindowSize(STREAM_WINDOW_BYTES)
                .maxHeaderListSize(MAX_HEADER_BYTES);
        pipeline.addLast(Http2FrameCodecBuilder.forServer()
                .initialSettings(settings)
                .decoderEnforceMaxRstFramesPerWindow(200, 10)
                .build());
        pipeline.addLast(new ConnectionWindow(CONNECTION_WINDOW_BYTES));
        pipeline.addLast(new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel stream) {
                stream.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(true));
                addExchangeHandlers(stream.pipeline(), true);
            }
        }));
    }

    private void addExchangeHandlers(ChannelPipeline pipeline, boolean http2) {
        pipeline.channel().config().setAutoRead(false);
        pipeline.addLast(new FlowControlHandler());
        pipeline.addLast(new ExchangeHandler(router, budget, http2));
    }
}
