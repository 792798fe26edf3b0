package io.millrace.server.bench;

import io.millrace.server.bench.client.Calls;
import io.millrace.server.bench.client.PushedEvents;
import io.millrace.server.bench.client.Subscriptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The consumers and shards of a stream, each of which gets a subscription to each. */
record SubscribedShards(List<String> consumerArns, List<String> shards) {
    private static final int SETTLE_SECONDS = 20;
    private static final int POLL_MILLIS = 10;

    /** Registers so many consumers. */
    static SubscribedShards of(Calls calls, String stream, int consumers) throws IOException, InterruptedException {
        List<String> arns = new ArrayList<>();
        for (int i = 0; i < consumers; i++) {
            arns.add(calls.registerConsumer(stream, "bench-" + i));
        }
        return new SubscribedShards(arns, calls.shards(stream));
    }

    int count() {
        return consumerArns.size() * shards.size();
    }

    /** Opens all subscriptions. @throws IOException if not all of them are open after a while */
    void openAll(Subscriptions subscriptions, PushedEvents events) throws IOException, InterruptedException {
        for (String consumer : consumerArns) {
            for (String shard : shards) {
                subscriptions.subscribe(consumer, shard);
            }
        }
        await(() -> events.subscribed() == count());
        if (events.subscribed() < count()) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%d of %d subscriptions are open after %d s (%s); the node's log may say why",
                    events.subscribed(),
                    count(),
                    SETTLE_SECONDS,
                    Shown.errors(events.problems())));
        }
    }

    /** Something to wait for. */
    @FunctionalInterface
    interface Condition {
        boolean holds();
    }

    /** Waits until a condition holds, for a while. */
    static void await(Condition condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SETTLE_SECONDS);
        while (!condition.holds() && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }
}
