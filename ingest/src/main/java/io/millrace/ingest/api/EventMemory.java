package io.millrace.ingest.api;

import java.util.concurrent.atomic.AtomicInteger;

/** What the events of all subscriptions may hold of the memory until the sockets have taken them. Thread-safe. */
final class EventMemory {
    private static final long LEAST_BYTES_OF_EACH = 64 * 1024;

    private final long limitBytes;
    private final ReadBudget budget;
    private final AtomicInteger subscriptions = new AtomicInteger();

    EventMemory(long limitBytes) {
        this.limitBytes = limitBytes;
        this.budget = new ReadBudget(ReadBudget.Sizes.OF_EVENTS, limitBytes);
    }

    ReadBudget budget() {
        return budget;
    }

    void opened() {
        subscriptions.incrementAndGet();
    }

    void closed() {
        subscriptions.decrementAndGet();
    }

    /** Returns what one subscription may have under way: were all others stuck with as much, half would be left. */
    long bytesOfEach() {
        return Math.max(LEAST_BYTES_OF_EACH, limitBytes / 2 / Math.max(1, subscriptions.get()));
    }
}
