package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** Collects a request body up to the limit of its route. Confined to the connection's event loop. */
final class BodyCollector {
    private static final int FIRST_BYTES = 8 * 1024;
    /** No more than this is taken for an announcement alone. */
    private static final int MOST_ANNOUNCED_BYTES = 1024 * 1024;

    private final Route.Whole route;
    private byte[] bytes;
    private int length;
    private boolean tooLarge;

    /** @param announcedBytes the content length; negative when the client does not say */
    BodyCollector(Route.Whole route, long announcedBytes) {
        this.route = route;
        this.tooLarge = announcedBytes > route.maxBodyBytes();
        this.bytes = new byte[tooLarge ? 0 : firstBytes(announcedBytes)];
    }

    private static int firstBytes(long announcedBytes) {
        return announcedBytes < 0 ? FIRST_BYTES : (int) Math.min(announcedBytes, MOST_ANNOUNCED_BYTES);
    }

    void add(ByteBuf piece) {
        int more = piece.readableBytes();
        if (tooLarge || length + (long) more > route.maxBodyBytes()) {
            tooLarge = true;
            return;
        }
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, Math.min(2 * bytes.length, route.maxBodyBytes())));
        }
        piece.readBytes(bytes, length, more);
        length += more;
    }

    int length() {
        return length;
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
