package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Collects a request body up to the limit of its route. What it takes grows with what has come: an announcement alone
 * takes nothing. Confined to the connection's event loop.
 */
final class BodyCollector {
    private static final long GROWTH = 4;
    private static final byte[] NONE = {};

    private final Route.Whole route;
    private final long mostBytes;
    private byte[] bytes = NONE;
    private int length;
    private boolean tooLarge;

    /** @param announcedBytes the content length; negative when the client does not say */
    BodyCollector(Route.Whole route, long announcedBytes) {
        this.route = route;
        this.tooLarge = announcedBytes > route.maxBodyBytes();
        this.mostBytes = announcedBytes < 0 ? route.maxBodyBytes() : announcedBytes;
    }

    void add(ByteBuf piece) {
        int more = piece.readableBytes();
        if (tooLarge || length + (long) more > route.maxBodyBytes()) {
            tooLarge = true;
            return;
        }
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.max(length + more, Math.min(GROWTH * (length + more), mostBytes)));
        }
        piece.readBytes(bytes, length, more);
        length += more;
    }

    int length() {
        return length;
    }

    /** Returns how much memory it has taken. */
    int heldBytes() {
        return bytes.length;
    }

    boolean isTooLarge() {
        return tooLarge;
    }

    Route.Whole route() {
        return route;
    }

    byte[] bytes() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }
}
