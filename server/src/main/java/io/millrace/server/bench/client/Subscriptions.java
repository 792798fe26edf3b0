package io.millrace.server.bench.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * SubscribeToShard calls over HTTP/2 in cleartext, with prior knowledge: as many connections as their number needs, one
 * thread. Thread-safe; what comes goes to {@link PushedEvents} on that thread.
 */
public final class Subscriptions implements Closeable {
    private static final int WINDOW_BYTES = 16 * 1024 * 1024;
    private static final int STREAMS_PER_CONNECTION = 100;
    private static final String OK = "200";

    private final EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("subscriptions", true), NioIoHandler.newFactory());
    private final Target target;
    private final PushedEvents events;
    private final Bootstrap bootstrap;
    private final List<Channel> connections = new ArrayList<>();
    private int opened;

    public Subscriptions(Target target, PushedEvents events) {
        this.target = target;
        this.events = events;
        this.bootstrap = new Bootstrap()
                .group(eventLoop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        speakHttp2(channel);
                    }
                });
    }

    /** Returns a connection that can take one more stream. */
    private synchronized Channel connection() throws IOException {
        if (opened++ % STREAMS_PER_CONNECTION == 0) {
            var connecting = bootstrap.connect(target.address()).awaitUninterruptibly();
            if (!connecting.isSuccess()) {
                throw new IOException(
                        String.format(Locale.ROOT, "%s: no connection", target.address()), connecting.cause());
            }
            connections.add(connecting.channel());
        }
        return connections.get(connections.size() - 1);
    }

    private static void speakHttp2(SocketChannel channel) {
        Http2FrameCodec codec = Http2FrameCodecBuilder.forClient()
                .initialSettings(Http2Settings.defaultSettings().initialWindowSize(WINDOW_BYTES))
                .build();
        channel.pipeline()
                .addLast(codec, new WiderWindow(codec), new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
    }

    /** Opens a subscription from now on. @throws IOException if the request cannot be sent */
    public void subscribe(String consumerArn, String shardId) throws IOException {
        byte[] body = WireFormat.JSON.write(
                Map.of("ConsumerARN", consumerArn, "ShardId", shardId, "StartingPosition", Map.of("Type", "LATEST")));
        Http2Headers headers = new DefaultHttp2Headers()
                .method("POST")
                .path("/")
                .scheme("http")
                .authority(target.authority())
                .set("content-length", Integer.toString(body.length));
        target.headers(WireFormat.JSON, "SubscribeToShard", body)
                .forEach((name, value) -> headers.set(name.toLowerCase(Locale.ROOT), value));
        var opening = new Http2StreamChannelBootstrap(connection())
                .handler(new StreamHandler(events))
                .open()
                .awaitUninterruptibly();
        if (!opening.isSuccess()) {
            throw new IOException(String.format(Locale.ROOT, "no HTTP/2 stream for %s", shardId), opening.cause());
        }
        Channel stream = opening.getNow();
        stream.write(new DefaultHttp2HeadersFrame(headers));
        stream.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body), true));
    }

    @Override
    public synchronized void close() {
        connections.forEach(Channel::close);
        eventLoop.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
    }

    /** Widens the connection's window, so that many streams do not wait for each other. */
    private static final class WiderWindow extends ChannelInboundHandlerAdapter {
        private final Http2FrameCodec codec;

        WiderWindow(Http2FrameCodec codec) {
            this.codec = codec;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) throws Http2Exception {
            codec.connection()
                    .local()
                    .flowController()
                    .incrementWindowSize(codec.connection().connectionStream(), WINDOW_BYTES);
            context.flush();
            context.fireChannelActive();
        }
    }

    /** One subscription's answer. */
    private static final class StreamHandler extends SimpleChannelInboundHandler<Http2StreamFrame> {
        private final EventFrameReader frames = new EventFrameReader();
        private final PushedEvents events;
        private String status = "";

        StreamHandler(PushedEvents events) {
            this.events = events;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, Http2StreamFrame frame) throws IOException {
            if (frame instanceof Http2HeadersFrame head && head.headers().status() != null) {
                status = head.headers().status().toString();
            } else if (frame instanceof Http2DataFrame data) {
                onData(data);
            } else if (frame instanceof Http2ResetFrame reset) {
                events.problem("subscription reset with " + reset.errorCode());
            }
        }

        private void onData(Http2DataFrame data) throws IOException {
            ByteBuf content = data.content();
            if (status.equals(OK)) {
                frames.feed(content.nioBuffer(), events::frame);
            } else if (content.isReadable()) {
                byte[] body = new byte[content.readableBytes()];
                content.getBytes(content.readerIndex(), body);
                events.problem(ErrorName.of(Integer.parseInt(status), body, 0, body.length));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            events.problem(String.valueOf(cause.getMessage()));
            context.close();
        }
    }
}
