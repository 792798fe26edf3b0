package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import io.millrace.ingest.log.Damage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Brings the shards back to where they were: from the checkpoint, and from the write-ahead log behind it.
 *
 * <p>What a shard file holds beyond the checkpoint is written again, since the write-ahead log has it. Damage is
 * reported and stepped over. Where it is not known whose frames were lost, every shard without a later frame, and every
 * new one, leaves out as many offsets as could have been given, so that none is given twice.
 *
 * <p>Confined to one thread, before any other runs.
 */
final class Recovery {
    /** More than a file of the write-ahead log usually has, should it have been cut off. */
    private static final long MOST_WAL_FILE_BYTES = 64L * 1024 * 1024;

    private static final int REWRITTEN_BYTES = 256 * WalSegment.PAGE_BYTES;

    private final Disk disk;
    private final Path directory;
    private final ShardTable shards;
    private final DamageReport damages;
    private final Memory memory;
    private final Checkpointer checkpointer;

    Recovery(
            Disk disk,
            Path directory,
            ShardTable shards,
            DamageReport damages,
            Memory memory,
            Checkpointer checkpointer) {
        this.disk = disk;
        this.directory = directory;
        this.shards = shards;
        this.damages = damages;
        this.memory = memory;
        this.checkpointer = checkpointer;
    }

    /** Where the write-ahead log goes on. */
    record Result(long nextFrame, long nextSegment) {}

    /** Recovers the shards, and hands the files of the write-ahead log to a pool. */
    Result run(Checkpoint checkpoint, WalPool pool) throws IOException {
        WalListing files = WalListing.of(disk, directory.resolve("wal"), damages);
        for (Path file : files.unfinished()) {
            disk.delete(file);
        }
        files.blank().forEach(slot -> pool.adopt(slot, 0));
        shards.beginAt(checkpoint.beginAt());
        recoverShards(checkpoint);
        long next = checkpoint.lastNumber() + 1;
        List<WalReplay.Source> sources = files.sources();
        int behind = files.countBefore(next);
        sources.subList(0, behind).forEach(source -> pool.adopt(source.slot(), 0));
        List<WalReplay.Source> needed = sources.subList(behind, sources.size());
        ShardReplay replay = new ShardReplay(shards, damages, this::taken);
        WalReplay wal = new WalReplay(disk, next, replay);
        long nextFrame = wal.run(needed) + framesIn(files.nameless(), replay);
        replay.reserveOffsets();
        for (WalReplay.Source source : needed) {
            boolean last = source.equals(needed.get(needed.size() - 1));
            makeDurable(source.slot().file(), last ? wal.ending() : new WalReplay.Ending(0, List.of()));
            pool.adopt(source.slot(), nextFrame - 1);
        }
        disk.syncDirectory(directory.resolve("wal")); // a removed file that came back would have a number given again
        putAside(files.nameless(), nextFrame);
        long nextSegment =
                sources.isEmpty() ? 1 : sources.get(sources.size() - 1).header().number() + 1;
        return new Result(nextFrame, nextSegment);
    }

    /**
     * Makes durable what was read of a file: frames of a killed process may so far exist in the page cache only.
     *
     * @param doubtful what is written once more before: after a sync that failed, as the last one of a run may have,
     *     the system takes for written what is not; and a header that was torn so that it could be mended would count
     *     as damaged from now on
     */
    private void makeDurable(Path path, WalReplay.Ending doubtful) throws IOException {
        try (DiskFile file = disk.openForWrite(path)) {
            ByteBuffer piece = ByteBuffer.allocate(REWRITTEN_BYTES);
            for (long at = 0; at < doubtful.framesEndAt(); at += piece.capacity()) {
                piece.clear().limit((int) Math.min(piece.capacity(), doubtful.framesEndAt() - at));
                file.read(piece, at);
                file.write(piece.flip(), at);
            }
            for (WalReplay.Mended mended : doubtful.mended()) {
                Frame header = mended.header();
                file.write(ByteBuffer.wrap(header.array(), header.start(), Frame.HEADER_BYTES), mended.position());
            }
            file.sync();
        }
    }

    private void taken(Shard shard, Frame frame) throws IOException {
        memory.take(frame.sizeBytes());
        checkpointer.noteDirty(shard);
        checkpointer.relieve();
    }

    /** Files without a header may have held the newest frames. Returns how many those can have been. */
    private static long framesIn(List<WalSlot> nameless, ShardReplay replay) {
        long most = 0;
        for (WalSlot slot : nameless) {
            most += Math.max(slot.sizeBytes(), MOST_WAL_FILE_BYTES) / Frame.HEADER_BYTES;
        }
        if (most > 0) {
            replay.missing(most);
        }
        return most;
    }

    /**
     * Makes the offsets that were left out durable before the reason for it is gone, or they would be left out again.
     */
    private void putAside(List<WalSlot> nameless, long nextFrame) throws IOException {
        if (!nameless.isEmpty()) {
            checkpointer.checkpoint(nextFrame - 1);
            for (WalSlot slot : nameless) {
                disk.move(slot.file(), slot.file().resolveSibling(WalListing.asideName(slot)));
            }
            disk.syncDirectory(directory.resolve("wal"));
        }
    }

    private List<Path> shardFiles() throws IOException {
        return disk.list(directory.resolve("shards")).stream()
                .filter(ShardSegment::isSegment)
                .toList();
    }

    private void recoverShards(Checkpoint checkpoint) throws IOException {
        Set<String> present = new HashSet<>();
        shardFiles().forEach(file -> present.add(String.valueOf(file.getFileName())));
        for (Shard.State state : checkpoint.shards()) {
            Shard shard = shards.get(state.shard());
            shard.recover(state);
            memory.take(shard.tailBytes());
            checkpointer.noteDirty(shard);
            for (ShardSegment.Facts facts : state.segments()) {
                String name = ShardSegment.nameOf(state.shard(), facts.baseOffset());
                if (!present.remove(name)) {
                    damages.add(new Damage("shards/" + name, 0, "the file is missing"));
                }
            }
        }
        for (String younger : present) {
            disk.delete(directory.resolve("shards").resolve(younger));
        }
    }
}
