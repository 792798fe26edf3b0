package io.millrace.protocol.endpoint;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/**
 * How much memory the large request bodies of all connections may take together. A request waits for its share before
 * its body is read, first come first served, so what has begun can always be finished; meanwhile the body stays in the
 * client.
 *
 * <p>Thread-safe.
 */
final class BodyBudget {
    /**
     * Bodies up to this length are read without a share; they are {@link UnfinishedBodies} when they do not come at
     * once.
     */
    static final long SMALL_BYTES = 64 * 1024;

    /** A body as it came, and what is decoded from it. */
    private static final int COPIES = 2;

    private final long limitBytes;
    private final Deque<Share> waiting = new ArrayDeque<>();
    private final Share nothing = new Share(0, Runnable::run, () -> {});
    private long usedBytes;

    BodyBudget(long limitBytes) {
        this.limitBytes = limitBytes;
        nothing.grantedAtOnce = true;
    }

    /** What one request has of the budget, or waits for. */
    final class Share {
        private final long bytes;
        private final Executor executor;
        private final Runnable granted;
        private boolean grantedAtOnce;
        private boolean held;
        private boolean released;

        private Share(long bytes, Executor executor, Runnable granted) {
            this.bytes = bytes;
            this.executor = executor;
            this.granted = granted;
        }

        /** Tells whether it was there when it was asked for. */
        boolean isGrantedAtOnce() {
            return grantedAtOnce;
        }

        /** Tells whether others wait for it. */
        boolean isWanted() {
            return bytes > 0 && isContended();
        }

        /** Gives the share back, or up. Can be called again to no effect. */
        void release() {
            if (bytes > 0) {
                give(this);
            }
        }
    }

    /**
     * Asks for a share.
     *
     * @param bodyBytes the length of the body, or the most that it can be; negative when it begins as a small one
     * @param granted is run on the executor when the share is there, unless it is granted at once
     */
    Share ask(long bodyBytes, Executor executor, Runnable granted) {
        if (bodyBytes <= SMALL_BYTES) {
            return nothing;
        }
        Share share = new Share(Math.min(limitBytes, COPIES * bodyBytes), executor, granted);
        synchronized (this) {
            if (!waiting.isEmpty() || usedBytes + share.bytes > limitBytes) {
                waiting.add(share);
            } else {
                usedBytes += share.bytes;
                share.held = true;
                share.grantedAtOnce = true;
            }
        }
        return share;
    }

    synchronized long usedBytes() {
        return usedBytes;
    }

    /** Tells whether anybody waits for a share. */
    private synchronized boolean isContended() {
        return !waiting.isEmpty();
    }

    private synchronized void give(Share share) {
        if (share.released) {
            return;
        }
        share.released = true;
        if (share.held) {
            usedBytes -= share.bytes;
        } else {
            waiting.remove(share);
        }
        while (!waiting.isEmpty() && usedBytes + waiting.getFirst().bytes <= limitBytes) {
            Share next = waiting.removeFirst();
            usedBytes += next.bytes;
            next.held = true;
            next.executor.execute(next.granted);
        }
    }
}
