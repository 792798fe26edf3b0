package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.Damage;
import io.millrace.ingest.log.disk.Disk;
import io.millrace.ingest.log.disk.DiskFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings the shards back to where they were: from the checkpoint, and from the write-ahead log behind it.
 *
 * <p>What a shard file holds beyond the checkpoint is written again, since the write-ahead log has it. Damage is reported
 * and stepped over. Where it is not known whose frames were lost, every shard without a later frame, and every new one,
 * leaves out as many offsets as could have been given, so that none is given twice.
 *
 * <p>Confined to one thread, before any other runs.
 */
final class Recovery implements WalReplay.Sink {
    /** More records than a frame can have. */
    private static final long MOST_RECORDS = Frame.MAX_PAYLOAD_BYTES / 6 + 1;

    /** More than a file of the write-ahead log usually has, should it have been cut off. */
    private static final long MOST_WAL_FILE_BYTES = 64L * 1024 * 1024;

    private final Disk disk;
    private final Path directory;
    private final ShardTable shards;
    private final DamageReport damages;
    private final Memory memory;
    private final Checkpointer checkpointer;

    private final List<Path> nameless = new ArrayList<>();
    private @Nullable Set<Long> seenSinceGap;
    private long missingFrames;

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
        List<WalReplay.Source> sources = walFiles(pool);
        shards.beginAt(checkpoint.beginAt());
        recoverShards(checkpoint);
        long next = checkpoint.lastNumber() + 1;
        List<WalReplay.Source> needed = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            boolean behind =
                    i + 1 < sources.size() && sources.get(i + 1).header().firstFrame() <= next;
            if (behind) {
                pool.adopt(sources.get(i).slot(), 0);
            } else {
                needed.add(sources.get(i));
            }
        }
        long nextFrame = new WalReplay(disk, next, this).run(needed) + framesInNameless();
        reserveOffsets();
        for (WalReplay.Source source : needed) {
            try (DiskFile file = disk.openForWrite(source.slot().file())) {
                file.sync(); // whole frames of a killed process may so far exist in the page cache only
            }
            pool.adopt(source.slot(), nextFrame - 1);
        }
        disk.syncDirectory(directory.resolve("wal")); // a removed file that came back would have a number given again
        putNamelessAside(nextFrame);
        long nextSegment =
                sources.isEmpty() ? 1 : sources.get(sources.size() - 1).header().number() + 1;
        return new Result(nextFrame, nextSegment);
    }

    private List<WalReplay.Source> walFiles(WalPool pool) throws IOException {
        List<WalReplay.Source> sources = new ArrayList<>();
        for (Path file : disk.list(directory.resolve("wal"))) {
            if (WalPool.isUnfinished(file)) {
                disk.delete(file);
            }
            if (!WalPool.isSlot(file)) {
                continue;
            }
            WalReplay.Source source = WalReplay.sourceOf(disk, file);
            if (source != null) {
                sources.add(source);
            } else if (isBlank(file)) {
                pool.adopt(new WalSlot(file, lengthOf(file)), 0); // was never written to
            } else {
                nameless.add(file);
                damages.add(new Damage(
                        "wal/" + file.getFileName(),
                        0,
                        "both headers are damaged: nobody knows which frames it had; it is kept as "
                                + asideName(file)));
            }
        }
        sources.sort(Comparator.comparingLong(source -> source.header().number()));
        return sources;
    }

    private long lengthOf(Path file) throws IOException {
        try (DiskFile opened = disk.openForRead(file)) {
            return opened.length();
        }
    }

    private boolean isBlank(Path file) throws IOException {
        try (DiskFile opened = disk.openForRead(file)) {
            return WalSegment.Header.isBlank(opened);
        }
    }

    private static String asideName(Path file) {
        return file.getFileName() + ".damaged";
    }

    /** Files without a header may have held the newest frames. Returns how many those can have been. */
    private long framesInNameless() throws IOException {
        long most = 0;
        for (Path file : nameless) {
            most += Math.max(lengthOf(file), MOST_WAL_FILE_BYTES) / Frame.HEADER_BYTES;
        }
        if (most > 0) {
            missingFrames += most;
            seenSinceGap = new HashSet<>();
        }
        return most;
    }

    /** Makes the offsets that were left out durable before the reason for it is gone, or they would be left out again. */
    private void putNamelessAside(long nextFrame) throws IOException {
        if (!nameless.isEmpty()) {
            checkpointer.checkpoint(nextFrame - 1);
            for (Path file : nameless) {
                disk.move(file, file.resolveSibling(asideName(file)));
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

    @Override
    public void frame(Frame frame) throws IOException {
        if (frame.isMark()) {
            return;
        }
        Shard shard = shards.get(frame.shard());
        if (seenSinceGap != null) {
            seenSinceGap.add(frame.shard());
        }
        if (shard.replay(frame, seenSinceGap != null)) {
            memory.take(frame.sizeBytes());
            checkpointer.noteDirty(shard);
            checkpointer.relieve();
        }
    }

    @Override
    public void damagedFrame(Frame header, Damage damage) {
        damages.add(damage);
        if (!header.isMark()) {
            shards.get(header.shard()).skipTo(header.endOffset());
        }
    }

    @Override
    public void missingFrames(long firstNumber, long count, Damage damage) {
        damages.add(damage);
        missingFrames += count;
        seenSinceGap = new HashSet<>();
    }

    @Override
    public void mended(Damage damage) {
        damages.add(damage);
    }

    private void reserveOffsets() {
        if (seenSinceGap != null) {
            shards.beginAt(shards.beginAt() + missingFrames * MOST_RECORDS);
            for (Shard shard : shards.all()) {
                if (!seenSinceGap.contains(shard.number()) && shard.endOffset() > 0) {
                    shard.skipTo(shard.endOffset() + missingFrames * MOST_RECORDS);
                }
            }
        }
    }
}
