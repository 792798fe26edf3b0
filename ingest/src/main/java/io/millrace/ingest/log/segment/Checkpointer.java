package io.millrace.ingest.log.segment;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves records from memory to the shard files, takes checkpoints and lets the write-ahead log's files go.
 *
 * <p>A record leaves the memory when its shard has gathered {@value #FLUSH_BYTES} bytes, or when the memory is tight; then
 * the largest tails go first. A checkpoint writes and syncs the larger tails file by file, and takes the smaller ones into
 * itself. Shard files are synced in between, too: a sync of all that a checkpoint covers would take longer than the
 * memory lasts.
 *
 * <p>Confined to the background thread, but for {@link #noteDirty}, {@link #deleteLater} and {@link #syncAhead}.
 */
final class Checkpointer {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpointer.class);

    static final long FLUSH_BYTES = 1024 * 1024;
    private static final int UNSYNCED_SHARE = 16;
    private static final long MOST_TAIL_BYTES = 64 * 1024;
    private static final long MOST_TAILS_BYTES = 32 * 1024 * 1024;

    private final ShardTable shards;
    private final ShardFiles files;
    private final Memory memory;
    private final DuplicatedFile file;
    private final WalPool pool;
    private final Set<Shard> dirty = ConcurrentHashMap.newKeySet();
    private final Set<Shard> unsynced = new HashSet<>();
    private final ConcurrentLinkedQueue<Path> doomed = new ConcurrentLinkedQueue<>();

    Checkpointer(ShardTable shards, ShardFiles files, Memory memory, DuplicatedFile file, WalPool pool) {
        this.shards = shards;
        this.files = files;
        this.memory = memory;
        this.file = file;
        this.pool = pool;
    }

    /** A sync of a shard file failed: what it held may be gone although later syncs succeed. */
    static final class SyncFailure extends IOException {
        SyncFailure(IOException cause) {
            super("a shard file could not be synced: " + cause.getMessage(), cause);
        }
    }

    /** Notes that a shard has something in memory. Any thread. */
    void noteDirty(Shard shard) {
        dirty.add(shard);
    }

    /** Removes a file once no checkpoint names it any more. Any thread. */
    void deleteLater(List<Path> paths) {
        doomed.addAll(paths);
    }

    boolean hasDeletable() {
        return !doomed.isEmpty();
    }

    void flush(Shard shard) throws IOException {
        dirty.remove(shard);
        try {
            memory.give(shard.flush());
            if (shard.unsyncedBytes() >= memory.limitBytes() / UNSYNCED_SHARE) {
                unsynced.add(shard);
            }
        } finally {
            if (shard.tailBytes() > 0) {
                dirty.add(shard);
            }
        }
    }

    /** Returns, once, the shards of whose files so much is not durable that it should not wait for a checkpoint. */
    List<Shard> takeUnsynced() {
        List<Shard> taken = List.copyOf(unsynced);
        unsynced.clear();
        return taken;
    }

    /**
     * Makes a shard's files durable before a checkpoint needs it, which then has little to wait for; records go on to the
     * files meanwhile. Any thread.
     */
    void syncAhead(Shard shard) throws IOException {
        try {
            shard.sync();
        } catch (NoSuchFileException e) {
            LOG.debug("the shard was removed meanwhile: {}", e.getMessage());
        }
    }

    /** Writes the largest tails to their files until there is memory again. */
    void relieve() throws IOException {
        if (memory.isTight()) {
            for (Shard shard : largestFirst()) {
                if (memory.isRelaxed()) {
                    return;
                }
                flush(shard);
            }
        }
    }

    private record Sized(Shard shard, long bytes) {}

    private List<Shard> largestFirst() {
        return dirty.stream()
                .map(shard -> new Sized(shard, shard.tailBytes()))
                .sorted(Comparator.comparingLong(Sized::bytes).reversed())
                .map(Sized::shard)
                .toList();
    }

    /** Takes a checkpoint that covers the frames up to a number. All of them are with their shards. */
    void checkpoint(long lastNumber) throws IOException {
        List<Path> deletable = new ArrayList<>();
        for (Path path = doomed.poll(); path != null; path = doomed.poll()) {
            deletable.add(path);
        }
        try {
            long threshold = tailThreshold();
            List<Shard.State> states = new ArrayList<>();
            for (Shard shard : shards.all()) {
                if (shard.tailBytes() > threshold) {
                    flush(shard);
                }
                shard.sync();
                Shard.State state = shard.capture(lastNumber);
                if (state.endOffset() > 0) {
                    states.add(state);
                }
                relieve(); // appends go on meanwhile
            }
            files.disk().syncDirectory(files.directory());
            file.save(new Checkpoint(lastNumber, shards.beginAt(), states).encode());
        } catch (IOException | RuntimeException e) {
            doomed.addAll(deletable);
            throw e;
        }
        for (Path path : deletable) {
            files.disk().delete(path);
        }
        pool.recycle(lastNumber);
    }

    /** Returns up to which size tails go into the checkpoint. */
    private long tailThreshold() {
        List<Long> sizes = dirty.stream().map(Shard::tailBytes).sorted().toList();
        long allTailsBytes = Math.min(MOST_TAILS_BYTES, memory.limitBytes() / 8);
        long sum = 0;
        for (long size : sizes) {
            sum += size;
            if (size > MOST_TAIL_BYTES || sum > allTailsBytes) {
                return size - 1;
            }
        }
        return MOST_TAIL_BYTES;
    }
}
