package io.millrace.ingest.streams;

import java.util.Comparator;
import java.util.List;

/** The open shards of a stream by hash key: a search in O(log n). Immutable. */
final class ShardMap {
    private final List<ShardInfo> shards; // what this was made of
    private final ShardInfo[] open;
    private final HashKey[] starts;

    ShardMap(List<ShardInfo> shards) {
        this.shards = shards;
        this.open = shards.stream()
                .filter(ShardInfo::isOpen)
                .sorted(Comparator.comparing(shard -> shard.range().start()))
                .toArray(ShardInfo[]::new);
        this.starts = new HashKey[open.length];
        for (int i = 0; i < open.length; i++) {
            starts[i] = open[i].range().start();
        }
    }

    boolean isOf(Stream stream) {
        return stream.shards() == shards; // the list is immutable, and replaced when it changes
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

    ShardInfo shard(int place) {
        return open[place];
    }
}
