package io.millrace.protocol.endpoint;

import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the connection or stream of a client that has begun a body and does not send it.
 *
 * <p>While others wait for the memory that it holds, a body has to come at {@value #LEAST_CONTENDED_BYTES} bytes in a
 * fifteenth of the time that it otherwise has for {@value EndpointLimits#LEAST_BYTES} bytes. Confined to the channel's
 * event loop.
 */
final class BodyWatch {
    private static final Logger LOG = LoggerFactory.getLogger(BodyWatch.class);
    private static final int LOOKS = 15;
    private static final int LEAST_CONTENDED_BYTES = 512 * 1024;

    private final long lookNanos;

    private @Nullable BodyCollector watched;
    private BodyBudget.@Nullable Share share;
    private @Nullable Future<?> nextLook;
    private int looks;
    private int lengthAtLook;
    private int lengthAtFirst;

    BodyWatch(EndpointLimits limits) {
        this.lookNanos = limits.stall().toNanos() / LOOKS;
    }

    /**
     * Begins to watch a body, unless it is watched already.
     *
     * @param held the memory that it takes
     */
    void begin(ChannelHandlerContext context, BodyCollector body, BodyBudget.@Nullable Share held) {
        if (watched != body) {
            end();
            watched = body;
            share = held;
            looks = 0;
            lengthAtLook = body.length();
            lengthAtFirst = body.length();
            lookLater(context);
        }
    }

    /** Ends to watch: the body is whole, or nobody wants it any more. */
    void end() {
        watched = null;
        share = null;
        Future<?> pending = nextLook;
        nextLook = null;
        if (pending != null) {
            pending.cancel(false);
        }
    }

    private void lookLater(ChannelHandlerContext context) {
        nextLook = context.executor().schedule(() -> look(context), lookNanos, TimeUnit.NANOSECONDS);
    }

    private void look(ChannelHandlerContext context) {
        BodyCollector body = watched;
        if (body == null) {
            return;
        }
        BodyBudget.Share held = share;
        int length = body.length();
        boolean tooSlow = ++looks == LOOKS && length - lengthAtFirst < EndpointLimits.LEAST_BYTES;
        boolean holdsOthersUp = length - lengthAtLook < LEAST_CONTENDED_BYTES && held != null && held.isWanted();
        if (tooSlow || holdsOthersUp) {
            LOG.debug(
                    "connection {}: closed after {} bytes of a body",
                    context.channel().remoteAddress(),
                    length);
            end();
            context.close();
            return;
        }
        lengthAtLook = length;
        if (looks == LOOKS) {
            looks = 0;
            lengthAtFirst = length;
        }
        lookLater(context);
    }
}
