package io.millrace.protocol.endpoint;

import io.netty.channel.Channel;
import io.netty.util.concurrent.EventExecutor;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The bodies of one event loop that are read without a share of a {@link BodyBudget} and did not come whole in one pass
 * over the socket. Together they take a bounded amount of memory. When it is used up, a body is cut: of the connections
 * that take the most, the one that began first.
 *
 * <p>Most bodies come whole and are never counted here. Confined to the event loop.
 */
final class UnfinishedBodies {
    /** Connections that take less than this are alike, so that among single bodies only their age counts. */
    private static final long ALIKE_BYTES = 256 * 1024;

    private final long limitBytes;
    private long begunCount;
    private final Map<Channel, Connection> connections = new HashMap<>();
    private long usedBytes;

    UnfinishedBodies(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Those of all event loops of an endpoint, which share the memory equally. Thread-safe. */
    static final class OfAllLoops {
        private final long limitBytesEach;
        private final Map<EventExecutor, UnfinishedBodies> loops = new ConcurrentHashMap<>();

        OfAllLoops(long limitBytes, int loops) {
            this.limitBytesEach = limitBytes / loops;
        }

        UnfinishedBodies of(EventExecutor loop) {
            return loops.computeIfAbsent(loop, one -> new UnfinishedBodies(limitBytesEach));
        }
    }

    /** The unfinished bodies of one connection, those that began first in front. */
    private static final class Connection {
        private final Set<Body> bodies = new LinkedHashSet<>();
        private long bytes;

        private long begun() {
            return bodies.iterator().next().begun;
        }
    }

    /** A body on its way, and how it is cut. */
    final class Body {
        private final Channel channel;
        private final Runnable cut;
        private final long begun = begunCount++;
        private long bytes;
        private boolean ended;

        private Body(Channel channel, Runnable cut) {
            this.channel = channel;
            this.cut = cut;
        }

        /** Counts what the body and its head take now, and makes room if that is too much. */
        void takes(long nowBytes) {
            if (!ended) {
                count(this, nowBytes);
                while (usedBytes > limitBytes) {
                    cutOne();
                }
            }
        }

        /** The body is whole, or cut, or has a share of a budget. Can be called again to no effect. */
        void end() {
            if (!ended) {
                ended = true;
                count(this, 0);
                Connection connection = connections.get(channel);
                if (connection != null && connection.bodies.remove(this) && connection.bodies.isEmpty()) {
                    connections.remove(channel);
                }
            }
        }
    }

    /**
     * Begins to count a body.
     *
     * @param connection that it comes by
     * @param cut closes the stream or connection of the body; called at most once
     */
    Body begin(Channel connection, Runnable cut) {
        Body body = new Body(connection, cut);
        connections.computeIfAbsent(connection, one -> new Connection()).bodies.add(body);
        return body;
    }

    long usedBytes() {
        return usedBytes;
    }

    private void count(Body body, long nowBytes) {
        long more = nowBytes - body.bytes;
        body.bytes = nowBytes;
        usedBytes += more;
        Connection connection = connections.get(body.channel);
        if (connection != null) {
            connection.bytes += more;
        }
    }

    private void cutOne() {
        Connection most = null;
        for (Connection connection : connections.values()) {
            if (most == null || isBefore(connection, most)) {
                most = connection;
            }
        }
        if (most == null) {
            throw new IllegalStateException(usedBytes + " bytes of no body");
        }
        Body first = most.bodies.iterator().next();
        first.end();
        first.cut.run();
    }

    private static boolean isBefore(Connection one, Connection other) {
        long oneRank = one.bytes / ALIKE_BYTES;
        long otherRank = other.bytes / ALIKE_BYTES;
        return oneRank > otherRank || (oneRank == otherRank && one.begun() < other.begun());
    }
}
