package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.Damage;
import io.millrace.ingest.log.disk.Disk;
import io.millrace.ingest.log.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
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
 * and stepped over. Where it is not known whose frames were lost, every shard without a later frame leaves out as many
 * offsets as could have been given, so that none is given twice.
 *
 * <p>Confined to one thread, before any other runs.
 */
final class Recovery implements WalReplay.Sink {
    /** More records than a frame can have. */
    private static final long MOST_RECORDS = Frame.MAX_PAYLOAD_BYTES / 6 + 1;

    private final Disk disk;
    private final Path directory;
    private final ShardTable shards;
    private final DamageReport damages;
    private final Memory memory;
    private final Checkpointer checkpointer;

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
        long nextFrame = new WalReplay(disk, next, this).run(needed);
        reserveOffsets();
        for (WalReplay.Source source : needed) {
            try (DiskFile file = disk.openForWrite(source.slot().file())) {
                file.sync(); // whole frames of a killed process may so far exist in the page cache only
            }
            pool.adopt(source.slot(), nextFrame - 1);
        }
        long nextSegment =
                sources.isEmpty() ? 1 : sources.get(sources.size() - 1).header().number() + 1;
        return new Result(nextFrame, nextSegment);
    }

    private List<WalReplay.Source> walFiles(WalPool pool) throws IOException {
        List<WalReplay.Source> sources = new ArrayList<>();
        for (Path file : disk.list(directory.resolve("wal"))) {
            if (!WalPool.isSlot(file)) {
                disk.delete(file); // was never finished
                continue;
            }
            WalReplay.Source source = WalReplay.sourceOf(disk, file);
            if (source != null) {
                sources.add(source);
            } else if (isBlank(file)) {
                pool.adopt(new WalSlot(file, lengthOf(file)), 0); // was never written to
            } else {
                damages.add(
                        new Damage("wal/" + file.getFileName(), 0, "the header is damaged; the file is left alone"));
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
        ByteBuffer page = ByteBuffer.allocate(WalSegment.PAGE_BYTES);
        try (DiskFile opened = disk.openForRead(file)) {
            opened.read(page, 0);
        }
        return page.position() == page.capacity() && page.flip().equals(ByteBuffer.allocate(page.limit()));
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
        if (shard.replay(frame)) {
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
            for (Shard shard : shards.all()) {
                if (!seenSinceGap.contains(shard.number()) && shard.endOffset() > 0) {
                    shard.skipTo(shard.endOffset() + missingFrames * MOST_RECORDS);
                }
            }
        }
    }
}
