package io.millrace.analytics.runtime;

import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.io.network.netty.InboundChannelHandlerFactory;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandler;

/**
 * Puts a {@link DoorKeeper} before everything that the cluster's REST endpoint and the SQL gateway do. Made by Flink.
 */
public final class DoorKeeperFactory implements InboundChannelHandlerFactory {

    @Override
    public int priority() {
        return Integer.MAX_VALUE;
    }

    @Override
    public Optional<ChannelHandler> createHandler(Configuration configuration, Map<String, String> responseHeaders) {
        return Optional.of(new DoorKeeper.Installer(Door.ofProcess()));
    }
}
