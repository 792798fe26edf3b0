package io.millrace.video.api;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The memory for fragments that are on their way in, shared by all producers of a node.
 *
 * <p>While more than the limit is held, producers are not asked for more, so that their sockets fill up; they go on as
 * the disk takes fragments over. When the disk has none left to take, memory is held by unfinished fragments alone:
 * then one producer may pass the limit until its fragment is finished. Held is thus at most the limit, one fragment,
 * and one piece of each producer.
 *
 * <p>Thread-safe; the lock guards the counts. Callbacks are run outside of it.
 */
final class IngestMemory {
    private final long limitBytes;
    private final Deque<Share> waiting = new ArrayDeque<>();
    private long heldBytes;
    private long queuedBytes;
    private @Nullable Share privileged;

    IngestMemory(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** What one producer holds. */
    final class Share {
        private final Runnable more;
        private long open;
        private long queued;

        private Share(Runnable more) {
            this.more = more;
        }

        /**
         * Sets how many bytes are held now.
         *
         * @param openBytes by a fragment that is not finished
         * @param queuedBytes by fragments on their way to the disk, which will let go of them
         */
        void hold(long openBytes, long queuedBytes) {
            change(this, openBytes, queuedBytes);
        }

        /** Asks for the next piece, now or when there is memory for it. At most one request is open at a time. */
        void askForMore() {
            ask(this);
        }

        /** Gives the right of way to others. */
        void fragmentFinished() {
            yieldPrivilege(this);
        }

        void close() {
            remove(this);
        }
    }

    /** @param more asks a producer for its next piece; any thread may run it */
    Share open(Runnable more) {
        return new Share(more);
    }

    synchronized long heldBytes() {
        return heldBytes;
    }

    private void ask(Share share) {
        boolean wake = true;
        synchronized (this) {
            if (heldBytes >= limitBytes && privileged != share) {
                waiting.addLast(share);
            } else {
                wake = false;
            }
        }
        if (wake) {
            wake();
        } else {
            share.more.run();
        }
    }

    private void change(Share share, long openBytes, long bytesToDisk) {
        synchronized (this) {
            heldBytes += openBytes + bytesToDisk - share.open - share.queued;
            queuedBytes += bytesToDisk - share.queued;
            share.open = openBytes;
            share.queued = bytesToDisk;
        }
        wake();
    }

    private void yieldPrivilege(Share share) {
        synchronized (this) {
            if (privileged == share) {
                privileged = null;
            }
        }
        wake();
    }

    private void remove(Share share) {
        synchronized (this) {
            waiting.remove(share);
            heldBytes -= share.open + share.queued;
            queuedBytes -= share.queued;
            share.open = 0;
            share.queued = 0;
            if (privileged == share) {
                privileged = null;
            }
        }
        wake();
    }

    private void wake() {
        for (Share next = next(); next != null; next = next()) {
            next.more.run();
        }
    }

    private synchronized @Nullable Share next() {
        if (waiting.isEmpty()) {
            return null;
        }
        if (heldBytes < limitBytes) {
            return waiting.removeFirst();
        }
        if (privileged == null && queuedBytes == 0) {
            privileged = waiting.removeFirst();
            return privileged;
        }
        return null;
    }
}
