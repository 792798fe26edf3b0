package io.millrace.ingest.log.segment;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Those who wait for offsets of a shard to become durable. Guarded by its {@link Shard}. */
final class Waiters {
    private @Nullable TreeMap<Long, List<CompletableFuture<Void>>> byOffset; // most shards never have one

    void add(long offset, CompletableFuture<Void> waiter) {
        TreeMap<Long, List<CompletableFuture<Void>>> map = byOffset;
        if (map == null) {
            map = new TreeMap<>();
            byOffset = map;
        }
        map.computeIfAbsent(offset, o -> new ArrayList<>(1)).add(waiter);
    }

    void remove(long offset, CompletableFuture<Void> waiter) {
        TreeMap<Long, List<CompletableFuture<Void>>> map = byOffset;
        List<CompletableFuture<Void>> waiting = map == null ? null : map.get(offset);
        if (map != null && waiting != null && waiting.removeIf(other -> other == waiter) && waiting.isEmpty()) {
            map.remove(offset);
        }
    }

    /** Takes out those who wait for offsets below an end. */
    List<CompletableFuture<Void>> takeBelow(long endOffset) {
        TreeMap<Long, List<CompletableFuture<Void>>> map = byOffset;
        if (map == null || map.isEmpty() || map.firstKey() >= endOffset) {
            return List.of();
        }
        List<CompletableFuture<Void>> taken = new ArrayList<>();
        while (!map.isEmpty() && map.firstKey() < endOffset) {
            taken.addAll(map.pollFirstEntry().getValue());
        }
        return taken;
    }
}
