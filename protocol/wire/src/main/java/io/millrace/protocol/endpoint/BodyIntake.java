package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in the bodies of one connection or stream, one after the other, as memory allows.
 *
 * <p>A body of a length that is said waits for its share of the {@link BodyBudgets} before it is read, unless it is
 * small. One of a length that is not said is read as a small one, and waits for a share when it turns out to be larger,
 * and for a larger one once more. So memory is held for what has come, and not for what might. Small bodies that do not
 * come at once are {@link UnfinishedBodies}. Confined to the channel's event loop.
 */
final class BodyIntake {
    private static final Logger LOG = LoggerFactory.getLogger(BodyIntake.class);
    /** What a head takes besides its text, with the objects of its exchange. */
    private static final int HEAD_BYTES = 1024;

    private final ExchangeHandler.Service service;
    private final BodyWatch watch;

    private @Nullable BodyCollector begun;
    private @Nullable BodyCollector collector;
    private BodyBudget.@Nullable Share share;
    private BodyBudget.@Nullable Share nextShare;
    private UnfinishedBodies.@Nullable Body unfinished;
    private long headBytes;
    private long roomBytes;

    BodyIntake(ExchangeHandler.Service service) {
        this.service = service;
        this.watch = new BodyWatch(service.limits());
    }

    /**
     * Begins with a body.
     *
     * @param announced its length; negative when the client does not say
     * @param ready is run when the body can be read, at once or later
     */
    void begin(ChannelHandlerContext context, Route.Whole route, long announced, Runnable ready) {
        BodyCollector body = new BodyCollector(route, announced);
        begun = body;
        Runnable begin = () -> {
            if (begun == body) {
                collector = body;
                roomBytes = announced < 0 ? BodyBudget.SMALL_BYTES : announced;
                ready.run();
                watchLate(context, body);
            }
        };
        BodyBudget.Share asked = service.bodies().of(announced).ask(announced, context.executor(), begin);
        share = asked;
        if (asked.isGrantedAtOnce()) {
            begin.run();
        }
    }

    /** Watches a body that had to wait: no pass over the socket need follow when nothing comes. */
    private void watchLate(ChannelHandlerContext context, BodyCollector body) {
        if (collector == body && share != null && !share.isGrantedAtOnce()) {
            watch.begin(context, body, share);
        }
    }

    /** Returns the body that is being read; nothing before it can be, and when it has ended. */
    @Nullable
    BodyCollector collector() {
        return collector;
    }

    void add(BodyCollector body, ByteBuf piece) {
        body.add(piece);
        UnfinishedBodies.Body counted = unfinished;
        if (counted != null) {
            counted.takes(headBytes + body.heldBytes());
        }
    }

    /**
     * Sees to the memory for the next piece. A body whose length is not known may need a larger share.
     *
     * @param more is run when the next piece can be read, at once or later
     */
    void makeRoom(ChannelHandlerContext context, BodyCollector body, Runnable more) {
        if (body.length() <= roomBytes) {
            more.run();
            return;
        }
        long room = Math.min(body.route().maxBodyBytes(), BodyBudgets.nextRoom(body.length()));
        watch.end(); // nothing is read meanwhile
        Runnable granted = () -> {
            if (collector == body) {
                roomBytes = room;
                takeNextShare();
                endUnfinished();
                more.run();
                watchLate(context, body);
            }
        };
        BodyBudget.Share asked = service.bodies().of(room).ask(room, context.executor(), granted);
        nextShare = asked;
        if (asked.isGrantedAtOnce()) {
            granted.run();
        }
    }

    private void takeNextShare() {
        BodyBudget.Share before = share;
        share = nextShare;
        nextShare = null;
        if (before != null) {
            before.release();
        }
    }

    /** A pass over the socket has ended before the body did. */
    void notWhole(ChannelHandlerContext context, HttpHeaders head, boolean http2) {
        BodyCollector body = collector;
        if (body == null) {
            return;
        }
        if (nextShare == null) {
            watch.begin(context, body, share);
        }
        if (unfinished == null && roomBytes <= BodyBudget.SMALL_BYTES) {
            Channel connection = http2 ? context.channel().parent() : context.channel();
            headBytes = HEAD_BYTES + lengthOf(head);
            UnfinishedBodies.Body counted =
                    service.unfinished().of(context.executor()).begin(connection, () -> cut(context));
            unfinished = counted;
            counted.takes(headBytes + body.heldBytes());
        }
    }

    private static long lengthOf(HttpHeaders head) {
        long length = 0;
        for (Map.Entry<String, String> header : head) {
            length += header.getKey().length() + header.getValue().length();
        }
        return length;
    }

    private static void cut(ChannelHandlerContext context) {
        LOG.debug("connection {}: closed, since others need the memory of its body", context.channel());
        context.executor().execute(context::close);
    }

    private void endUnfinished() {
        UnfinishedBodies.Body counted = unfinished;
        unfinished = null;
        if (counted != null) {
            counted.end();
        }
    }

    /** Ends with a body: it is whole, or nobody wants it any more. Its share is kept until {@link #release}. */
    void end() {
        begun = null;
        collector = null;
        watch.end();
        endUnfinished();
    }

    /** Gives all memory of the last body back. */
    void release() {
        end();
        BodyBudget.Share held = share;
        BodyBudget.Share asked = nextShare;
        share = null;
        nextShare = null;
        if (held != null) {
            held.release();
        }
        if (asked != null) {
            asked.release();
        }
    }
}
