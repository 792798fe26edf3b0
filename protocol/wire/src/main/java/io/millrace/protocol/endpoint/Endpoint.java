package io.millrace.protocol.endpoint;

import io.millrace.durable.memory.MemoryPlan;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.internal.PlatformDependent;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A listening socket that serves HTTP/1.1 and HTTP/2, in cleartext and inside TLS, all on one port.
 *
 * <p>Which of them a connection speaks is decided by its first bytes ({@link ProtocolSniffer}), since the clients leave
 * no other choice: the Java async client sends HTTP/2 over TLS without ALPN, JS v3 sends HTTP/2 with prior knowledge in
 * cleartext, boto3 and the AWS CLI send HTTP/1.1.
 *
 * <p>Requests are handed to the {@link RequestRouter} on event loop threads, which must not be blocked. Thread-safe.
 */
public final class Endpoint implements Closeable {
    private static final int WRITE_BUFFER_LOW_BYTES = 256 * 1024;
    private static final int WRITE_BUFFER_HIGH_BYTES = 1024 * 1024;

    /** One for each processor: they never block, and more of them only take the processors from each other. */
    private static final int EVENT_LOOPS = Math.max(2, Runtime.getRuntime().availableProcessors());

    private static final int UNREAD_SHARE_OF_BUFFERS = 4;
    private static final Duration DRAIN = Duration.ofSeconds(3);

    private final EndpointMetrics metrics;
    private final RequestsUnderWay underWay;
    private final EventLoopGroup eventLoops;
    private final ChannelGroup connections;
    private final Channel listener;
    private final LoopWatch loopWatch;

    private Endpoint(
            EndpointMetrics metrics,
            RequestsUnderWay underWay,
            EventLoopGroup eventLoops,
            ChannelGroup connections,
            Channel listener) {
        this.metrics = metrics;
        this.loopWatch = LoopWatch.over(eventLoops, System::nanoTime);
        this.underWay = underWay;
        this.eventLoops = eventLoops;
        this.connections = connections;
        this.listener = listener;
    }

    /**
     * Binds and starts to serve.
     *
     * @param address the interface and port; port 0 takes a free one
     * @throws IOException if the address cannot be bound, with the reason in its message
     */
    public static Endpoint start(InetSocketAddress address, SslContext tls, RequestRouter router) throws IOException {
        return start(address, () -> tls, router);
    }

    /**
     * Binds and starts to serve while the TLS context may still be in the making.
     *
     * @param tls asked for when the first client wants it, on that client's event loop
     * @throws IOException if the address cannot be bound, with the reason in its message
     */
    public static Endpoint start(InetSocketAddress address, Supplier<SslContext> tls, RequestRouter router)
            throws IOException {
        return start(address, tls, router, Settings.defaults());
    }

    /**
     * How an endpoint deals with its clients.
     *
     * @param memory has the share of request bodies, whole and unfinished
     */
    public record Settings(EndpointLimits limits, MemoryPlan memory) {
        public static Settings defaults() {
            return new Settings(EndpointLimits.defaults(), MemoryPlan.ofThisProcess());
        }
    }

    /** Binds and starts to serve, with settings. */
    public static Endpoint start(
            InetSocketAddress address, Supplier<SslContext> tls, RequestRouter router, Settings settings)
            throws IOException {
        EventLoopGroup eventLoops = new MultiThreadIoEventLoopGroup(
                EVENT_LOOPS, new DefaultThreadFactory("endpoint", true), NioIoHandler.newFactory());
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        RequestsUnderWay underWay = new RequestsUnderWay();
        MemoryPlan memory = settings.memory();
        BodyBudgets bodies = BodyBudgets.sharing(memory.bytes(MemoryPlan.Share.REQUEST_BODIES));
        UnfinishedBodies.OfAllLoops unfinished =
                new UnfinishedBodies.OfAllLoops(memory.bytes(MemoryPlan.Share.UNFINISHED_BODIES), EVENT_LOOPS);
        UnreadData.OfAllLoops unread =
                new UnreadData.OfAllLoops(PlatformDependent.maxDirectMemory() / UNREAD_SHARE_OF_BUFFERS, EVENT_LOOPS);
        HttpDate date = new HttpDate(InstantSource.system());
        ExchangeHandler.Service service =
                new ExchangeHandler.Service(router, bodies, unfinished, unread, date, underWay, settings.limits());
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(eventLoops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT) // quicker here than the adaptive
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(WRITE_BUFFER_LOW_BYTES, WRITE_BUFFER_HIGH_BYTES))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        connections.add(channel);
                        channel.pipeline().addLast(ProtocolSniffer.cleartext(tls, service));
                    }
                });
        var bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IOException(
                    String.format(
                            Locale.ROOT,
                            "%s:%d: %s",
                            address.getHostString(),
                            address.getPort(),
                            bound.cause().getMessage()),
                    bound.cause());
        }
        EndpointMetrics metrics = new EndpointMetrics(underWay, connections::size, bodies::usedBytes);
        return new Endpoint(metrics, underWay, eventLoops, connections, bound.channel());
    }

    /** Returns the port in use, also when port 0 was asked for. */
    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** Returns what is counted of requests and connections. */
    public EndpointMetrics metrics() {
        return metrics;
    }

    /** Returns for how long the slowest event loop has not run a task; more than a second means that it is blocked. */
    public Duration longestLoopSilence() {
        return loopWatch.longestSilence();
    }

    /**
     * Stops accepting, waits up to three seconds for the requests under way to be answered, drops every connection and
     * waits up to two seconds for the event loops to end.
     */
    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        try {
            underWay.drain(DRAIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        connections.close().awaitUninterruptibly(2, TimeUnit.SECONDS);
        eventLoops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
