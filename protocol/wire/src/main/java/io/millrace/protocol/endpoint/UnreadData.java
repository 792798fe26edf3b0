package io.millrace.protocol.endpoint;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.util.concurrent.EventExecutor;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What has come by the HTTP/2 connections of one event loop for streams that do not read, as while their bodies wait
 * for memory. The windows of many connections are more than there is memory for, so that a connection that has more
 * unread than its part is too much once all of it together is. Confined to the event loop.
 */
final class UnreadData {
    /** With less than this unread, no connection is too much. */
    private static final long LITTLE_BYTES = 64 * 1024;

    private final long limitBytes;
    private final Set<Http2Connection> connections = new HashSet<>();

    UnreadData(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** That of all event loops of an endpoint, which share the memory equally. Thread-safe. */
    static final class OfAllLoops {
        private final long limitBytesEach;
        private final Map<EventExecutor, UnreadData> loops = new ConcurrentHashMap<>();

        OfAllLoops(long limitBytes, int loops) {
            this.limitBytesEach = limitBytes / loops;
        }

        UnreadData of(Channel channel) {
            return loops.computeIfAbsent(channel.eventLoop(), one -> new UnreadData(limitBytesEach));
        }
    }

    void add(Http2Connection connection) {
        connections.add(connection);
    }

    void remove(Http2Connection connection) {
        connections.remove(connection);
    }

    /** Tells whether a connection has to be closed for what it left unread. */
    boolean isTooMuch(Http2Connection connection) {
        long own = unreadOf(connection);
        if (own < LITTLE_BYTES || own <= limitBytes / Math.max(1, connections.size())) {
            return false;
        }
        long all = 0;
        for (Http2Connection other : connections) {
            all += unreadOf(other);
        }
        return all > limitBytes;
    }

    private static long unreadOf(Http2Connection connection) {
        Http2LocalFlowController flow = connection.local().flowController();
        return flow.unconsumedBytes(connection.connectionStream());
    }
}
