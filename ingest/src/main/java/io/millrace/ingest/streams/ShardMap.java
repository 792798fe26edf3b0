package io.millrace.ingest.streams;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * The open shards of a stream by hash key, and the gate through which every put passes while it uses them.
 *
 * <p>Before shards are closed their map is retired: no put enters any more, and once those inside have left, nothing
 * more can be appended to the shards. Puts that come meanwhile wait for the map that replaces it. Thread-safe; a search
 * takes O(log n).
 */
final class ShardMap {
    private static final int RETIRED = 1 << 30;

    private final ShardInfo[] open;
    private final HashKey[] starts;
    private final ShardTraffic[] traffic;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger inside = new AtomicInteger();
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private final CompletableFuture<Void> replaced = new CompletableFuture<>();

    /** @param trafficOf what is counted of a shard, which outlives this map */
    ShardMap(List<ShardInfo> shards, Function<ShardInfo, ShardTraffic> trafficOf) {
        this.open = shards.stream()
                .filter(ShardInfo::isOpen)
                .sorted(Comparator.comparing(shard -> shard.range().start()))
                .toArray(ShardInfo[]::new);
        this.starts = new HashKey[open.length];
        this.traffic = new ShardTraffic[open.length];
        for (int i = 0; i < open.length; i++) {
            starts[i] = open[i].range().start();
            traffic[i] = trafficOf.apply(open[i]);
        }
    }

    /** Begins to use the map. Returns whether that is still possible; {@link #leave} has to follow then. */
    boolean enter() {
        if (inside.incrementAndGet() < RETIRED) {
            return true;
        }
        leave();
        return false;
    }

    void leave() {
        if (inside.decrementAndGet() == RETIRED) {
            left.complete(null);
        }
    }

    /** Lets nobody enter any more, whoever says so first. The future completes when everybody has left. */
    CompletableFuture<Void> retire() {
        if (inside.getAndUpdate(count -> count < RETIRED ? count + RETIRED : count) == 0) {
            left.complete(null);
        }
        return left;
    }

    /** Says that there is another map instead, or none any more. */
    void replace() {
        replaced.complete(null);
    }

    /** Returns a future that completes when those who could not enter should look for the map again. */
    CompletableFuture<Void> replaced() {
        return replaced;
    }

    /** Returns the place among the open shards of the one that owns a hash key. */
    int placeOf(HashKey key) {
        int low = 0;
        int high = starts.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (starts[middle].compareTo(key) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Returns the place among the open shards of the first of some records that are to be spread over all of them. */
    int nextPlace(int records) {
        return Math.floorMod(next.getAndAdd(records), open.length);
    }

    int placeAfter(int place) {
        return place + 1 == open.length ? 0 : place + 1;
    }

    ShardInfo shard(int place) {
        return open[place];
    }

    ShardTraffic traffic(int place) {
        return traffic[place];
    }
}
