package io.millrace.ingest.log.segment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Moves records from memory to the shard files, takes checkpoints and lets the write-ahead log's files go.
 *
 * <p>A record leaves the memory when its shard has gathered {@value #FLUSH_BYTES} bytes, or when the memory is tight;
 * then the largest tails go first. A checkpoint writes the larger tails to files and takes the smaller ones into
 * itself; it is saved once those files are synced. Shard files are synced in between, too, so that a checkpoint has
 * less to wait for.
 *
 * <p>Confined to the background thread, but for {@link #noteDirty}, {@link #deleteLater}, {@link #hasDeletable} and
 * {@link #drop}.
 */
final class Checkpointer {
    static final long FLUSH_BYTES = 1024 * 1024;
    private static final int UNSYNCED_SHARE = 16;
    private static final long MOST_TAIL_BYTES = 64 * 1024;
    private static final long MOST_TAILS_BYTES = 32 * 1024 * 1024;

    private final ShardTable shards;
    private final ShardFiles files;
    private final Memory memory;
    private final DuplicatedFile file;
    private final WalPool pool;
    private final Background background;
    private final Set<Shard> dirty = ConcurrentHashMap.newKeySet();
    private final ConcurrentLinkedQueue<Path> doomed = new ConcurrentLinkedQueue<>();
    private long drafts;
    private long savedDraft;

    Checkpointer(
            ShardTable shards,
            ShardFiles files,
            Memory memory,
            DuplicatedFile file,
            WalPool pool,
            Background background) {
        this.shards = shards;
        this.files = files;
        this.memory = memory;
        this.file = file;
        this.pool = pool;
        this.background = background;
    }

    /**
     * A checkpoint that must not be saved before files are synced.
     *
     * @param number tells drafts of one run apart: a later one has a larger number
     * @param lastNumber it covers the frames up to this number
     * @param unsynced the files it names that are not known to be durable; their shards may let them go meanwhile
     * @param deletable files that it no longer names
     */
    record Draft(long number, long lastNumber, byte[] content, List<ShardSegment> unsynced, List<Path> deletable) {}

    /** A sync of a shard file failed: what it held may be gone although later syncs succeed. */
    static final class SyncFailure extends IOException {
        SyncFailure(Throwable cause) {
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
                shard.unsynced().stream().filter(ShardSegment::askForSync).forEach(background::sync);
            }
        } finally {
            if (shard.tailBytes() > 0) {
                dirty.add(shard);
            }
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

    /** Draws up a checkpoint that covers the frames up to a number. All of them are with their shards. */
    Draft draw(long lastNumber) throws IOException {
        List<Path> deletable = new ArrayList<>();
        for (Path path = doomed.poll(); path != null; path = doomed.poll()) {
            deletable.add(path);
        }
        try {
            long threshold = tailThreshold();
            List<Shard.State> states = new ArrayList<>();
            List<ShardSegment> unsynced = new ArrayList<>();
            for (Shard shard : shards.all()) {
                if (shard.tailBytes() > threshold) {
                    flush(shard);
                }
                unsynced.addAll(shard.unsynced()); // before it is captured: it may be removed at any time
                Shard.State state = shard.capture(lastNumber);
                if (state.endOffset() > 0) {
                    states.add(state);
                }
                relieve(); // appends go on meanwhile
            }
            byte[] content = new Checkpoint(lastNumber, shards.beginAt(), states).encode();
            return new Draft(++drafts, lastNumber, content, unsynced, deletable);
        } catch (IOException | RuntimeException | Error e) {
            doomed.addAll(deletable);
            throw e;
        }
    }

    /**
     * Saves a checkpoint whose files are synced, and lets go what it no longer needs. Returns whether that was done:
     * not when a later one was saved, which has removed what this one may name.
     */
    boolean save(Draft draft) throws IOException {
        if (draft.number() < savedDraft) {
            drop(draft);
            return false;
        }
        try {
            files.disk().syncDirectory(files.directory());
            file.save(draft.content());
            savedDraft = draft.number();
            pool.recycle(draft.lastNumber());
            for (Path path : draft.deletable()) {
                files.disk().delete(path);
            }
        } catch (IOException | RuntimeException | Error e) {
            drop(draft); // what was deleted is deleted once more, which is no error
            throw e;
        }
        return true;
    }

    /** Gives up a checkpoint. Any thread. */
    void drop(Draft draft) {
        doomed.addAll(draft.deletable());
    }

    /** Takes a checkpoint at once. */
    void checkpoint(long lastNumber) throws IOException {
        Draft draft = draw(lastNumber);
        try {
            for (ShardSegment segment : draft.unsynced()) {
                segment.sync();
            }
        } catch (IOException e) {
            drop(draft);
            throw e;
        }
        save(draft);
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
