package io.millrace.analytics.connector.source;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The bytes that the shards of one reader may hold ahead of its task, all together.
 *
 * <p>A shard takes room before it asks for records, as much as the largest answer needs, and gives back at once what
 * the answer did not need; the rest comes back when the task has the records. Who finds no room waits in a queue, so
 * that every shard has its turn however busy the others are. What is larger than the budget gets it alone, so nothing
 * waits for ever. Thread-safe.
 */
final class FetchBudget {
    private record Waiting(long bytes, Runnable granted) {}

    private final long limit;

    // Guarded by this.
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private long taken;

    FetchBudget(long limit) {
        this.limit = limit;
    }

    /**
     * Takes room, now or later.
     *
     * @param granted is run once there is room and it has been taken, if that is later; on a thread that must not wait
     * @return whether the room has been taken now
     */
    synchronized boolean take(long bytes, Runnable granted) {
        if (waiting.isEmpty() && fits(bytes)) {
            taken += bytes;
            return true;
        }
        waiting.add(new Waiting(bytes, granted));
        return false;
    }

    private boolean fits(long bytes) {
        return taken == 0 || taken + bytes <= limit;
    }

    /** Gives room back. */
    void giveBack(long bytes) {
        change(-bytes);
    }

    /** Makes of the room that was taken for an answer the room that it needs; that may be more. */
    void settle(long takenBytes, long neededBytes) {
        change(neededBytes - takenBytes);
    }

    private void change(long bytes) {
        List<Runnable> granted = new ArrayList<>();
        synchronized (this) {
            taken += bytes;
            for (Waiting next = waiting.peek(); next != null && fits(next.bytes()); next = waiting.peek()) {
                waiting.remove();
                taken += next.bytes();
                granted.add(next.granted());
            }
        }
        granted.forEach(Runnable::run);
    }

    synchronized long taken() {
        return taken;
    }
}
