package io.millrace.analytics.runtime;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.io.network.netty.OutboundChannelHandlerFactory;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandler;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandlerContext;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelOutboundHandlerAdapter;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelPromise;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderNames;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpRequest;

/**
 * Lets the SQL gateway of this process call the cluster of this process. Made by Flink, for each REST client.
 *
 * <p>A session may send its jobs to any {@code rest.address}. So the secret goes to the own endpoint only.
 */
public final class DoorPassFactory implements OutboundChannelHandlerFactory {

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Optional<ChannelHandler> createHandler(Configuration configuration) {
        return Optional.of(new DoorPass(Door.ofProcess()));
    }

    /** Adds the secret to requests. Used by one event loop. */
    private static final class DoorPass extends ChannelOutboundHandlerAdapter {
        private final Door door;

        DoorPass(Door door) {
            this.door = door;
        }

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            if (message instanceof HttpRequest request
                    && isOwnEndpoint(context.channel().remoteAddress())) {
                request.headers().set(HttpHeaderNames.AUTHORIZATION, door.authorization());
            }
            context.write(message, promise);
        }

        private boolean isOwnEndpoint(SocketAddress remote) {
            return remote instanceof InetSocketAddress address
                    && address.getPort() == door.restPort()
                    && address.getAddress().getHostAddress().equals(ClusterConfiguration.HOST);
        }
    }
}
