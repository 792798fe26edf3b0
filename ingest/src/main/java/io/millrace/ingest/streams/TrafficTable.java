package io.millrace.ingest.streams;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What goes into each shard of the node and out of it, by the shard's number in the log. Thread-safe. */
final class TrafficTable {
    private final boolean limited;
    private final Map<Long, ShardTraffic> shards = new ConcurrentHashMap<>();

    /** @param limited whether shards have the limits of AWS */
    TrafficTable(boolean limited) {
        this.limited = limited;
    }

    ShardTraffic of(ShardInfo shard) {
        return shards.computeIfAbsent(shard.logNumber(), number -> new ShardTraffic(limited));
    }

    /** As the other, for a shard that only other parts of the node know of: the limits are not meant for these. */
    ShardTraffic ofInternal(ShardInfo shard) {
        return shards.computeIfAbsent(shard.logNumber(), number -> new ShardTraffic(false));
    }

    void retainOnly(Set<Long> logNumbers) {
        shards.keySet().retainAll(logNumbers);
    }
}
