package io.millrace.ingest.log.segment;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The indexes of closed shard files that were used last, up to a number of blocks. Thread-safe. */
final class IndexCache {
    private static final int MAX_BLOCKS = 200_000; // 5 MB

    private final Map<ShardSegment, BlockIndex> indexes = new LinkedHashMap<>(16, 0.75f, true);
    private int blocks;

    /** Reads the index of a file. */
    @FunctionalInterface
    interface Loader {
        BlockIndex load() throws IOException;
    }

    BlockIndex get(ShardSegment segment, Loader loader) throws IOException {
        BlockIndex known = find(segment);
        if (known != null) {
            return known;
        }
        BlockIndex loaded = loader.load(); // two readers may do so at once, to no harm
        put(segment, loaded);
        return loaded;
    }

    private synchronized @Nullable BlockIndex find(ShardSegment segment) {
        return indexes.get(segment);
    }

    private synchronized void put(ShardSegment segment, BlockIndex index) {
        if (indexes.put(segment, index) == null) {
            blocks += index.size();
        }
        var eldest = indexes.entrySet().iterator();
        while (blocks > MAX_BLOCKS && eldest.hasNext()) {
            Map.Entry<ShardSegment, BlockIndex> entry = eldest.next();
            if (entry.getKey() != segment) {
                blocks -= entry.getValue().size();
                eldest.remove();
            }
        }
    }

    synchronized void forget(ShardSegment segment) {
        BlockIndex index = indexes.remove(segment);
        if (index != null) {
            blocks -= index.size();
        }
    }
}
