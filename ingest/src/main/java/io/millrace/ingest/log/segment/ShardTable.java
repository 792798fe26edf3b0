package io.millrace.ingest.log.segment;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The shards of a node by number. Thread-safe. */
final class ShardTable {
    private final ShardFiles files;
    private final Map<Long, Shard> shards = new ConcurrentHashMap<>();
    private volatile long beginAt;

    ShardTable(ShardFiles files) {
        this.files = files;
    }

    /**
     * Makes shards begin at an offset other than 0. Where frames were lost of which nobody knows whose they were, a
     * shard that seems new may have had offsets before.
     */
    void beginAt(long offset) {
        beginAt = offset;
    }

    long beginAt() {
        return beginAt;
    }

    /** Returns a shard, which begins to exist by being asked for. */
    Shard get(long number) {
        Shard known = shards.get(number);
        return known != null ? known : shards.computeIfAbsent(number, n -> new Shard(n, files, beginAt));
    }

    @Nullable
    Shard find(long number) {
        return shards.get(number);
    }

    List<Shard> all() {
        return new ArrayList<>(shards.values());
    }

    Collection<Long> numbers() {
        return List.copyOf(shards.keySet());
    }

    int size() {
        return shards.size();
    }

    /** Takes a shard out. */
    @Nullable
    Shard remove(long number) {
        return shards.remove(number);
    }
}
