package io.millrace.ingest.log.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The shards of a node by number. Thread-safe. */
final class ShardTable {
    private final Path directory;
    private final Map<Long, Shard> shards = new ConcurrentHashMap<>();

    ShardTable(Path directory) {
        this.directory = directory;
    }

    /** Returns a shard, which begins to exist by being asked for. */
    Shard get(long number) {
        return shards.computeIfAbsent(number, n -> new Shard(n, directory.resolve(Long.toString(n))));
    }

    @Nullable
    Shard find(long number) {
        return shards.get(number);
    }

    Collection<Shard> all() {
        return List.copyOf(shards.values());
    }

    Collection<Long> numbers() {
        return List.copyOf(shards.keySet());
    }

    void remove(long number) throws IOException {
        Shard shard = shards.remove(number);
        if (shard != null) {
            shard.remove();
        }
    }

    /** Tells whether an earlier run has left no file of any shard. */
    boolean hasNoFiles() throws IOException {
        if (!Files.isDirectory(directory)) {
            return true;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.noneMatch(ShardSegment::isSegment);
        }
    }

    /** Opens every shard of a checkpoint and removes the files of shards that are younger than it. */
    void recover(Checkpoint checkpoint) throws IOException {
        Files.createDirectories(directory);
        for (Shard.Position position : checkpoint.shards()) {
            get(position.shard()).recover(position);
        }
        try (Stream<Path> folders = Files.list(directory)) {
            for (Path folder : folders.toList()) {
                String name = String.valueOf(folder.getFileName());
                if (name.matches("[0-9]{1,18}") && !shards.containsKey(Long.parseLong(name))) {
                    new Shard(Long.parseLong(name), folder).remove();
                }
            }
        }
    }
}
