package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.FileSystemDisk;
import io.millrace.ingest.log.CorruptLogException;
import io.millrace.ingest.log.Damage;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.KeyProvider;
import io.millrace.ingest.log.ReadArrays;
import io.millrace.ingest.log.StoredRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Looks at the files of a log that nobody has open. Changes nothing. Confined to one thread.
 */
public final class LogInspection {
    private static final int PAGE_RECORDS = 1000;
    private static final long PAGE_BYTES = 4 * 1024 * 1024;

    private final Disk disk = new ReadOnlyDisk(new FileSystemDisk());
    private final Path directory;
    private final DamageReport damages = new DamageReport();
    private final ShardTable shards;
    private final Checkpoint checkpoint;
    private final ShardReplay replayed;
    private long nextFrame;

    /** @param keys opens what is encrypted, for {@link #dump} */
    public LogInspection(Path directory, KeyProvider keys) throws IOException {
        this.directory = directory;
        LogFormat.check(disk, directory);
        byte[] content = new DuplicatedFile(disk, directory, "checkpoint").load(damages);
        if (content == null) {
            throw new CorruptLogException(new Damage("checkpoint.a", 0, "is missing"));
        }
        this.checkpoint = Checkpoint.decode(content);
        this.shards = new ShardTable(new ShardFiles(
                disk,
                directory.resolve("shards"),
                LogOptions.of(new Durability.Fsync()),
                new IndexCache(),
                DataKeys.open(disk, directory, keys, damages),
                damages,
                new BlockEncoder()));
        shards.beginAt(checkpoint.beginAt());
        for (Shard.State state : checkpoint.shards()) {
            shards.get(state.shard()).recover(state);
        }
        this.replayed = new ShardReplay(shards, damages, (shard, frame) -> {});
        replay();
    }

    private void replay() throws IOException {
        WalListing files = WalListing.of(disk, directory.resolve("wal"), damages);
        List<WalReplay.Source> sources = files.sources();
        long first = checkpoint.lastNumber() + 1;
        nextFrame = new WalReplay(disk, first, replayed).run(sources.subList(files.countBefore(first), sources.size()));
    }

    /** Reads every file whole and tells what it finds. Returns the damages. */
    public List<Damage> verify(Consumer<String> progress) throws IOException {
        progress.accept(String.format(
                Locale.ROOT,
                "checkpoint: up to frame %d, %d shards",
                checkpoint.lastNumber(),
                checkpoint.shards().size()));
        progress.accept(String.format(
                Locale.ROOT, "write-ahead log: %d frames behind it, up to frame %d", replayed.frames(), nextFrame - 1));
        long files = 0;
        long records = 0;
        long bytes = 0;
        for (Shard.State state : checkpoint.shards()) {
            for (ShardSegment segment : shards.get(state.shard()).segments()) {
                records += segment.verify();
                bytes += segment.facts().bytes();
                if (++files % 1000 == 0) {
                    progress.accept(String.format(Locale.ROOT, "shard files: %d read", files));
                }
            }
        }
        progress.accept(
                String.format(Locale.ROOT, "shard files: %d, with %d records in %d bytes", files, records, bytes));
        return damages.found();
    }

    /** Returns the numbers of all shards, ascending. */
    public List<Long> shards() {
        return List.copyOf(new TreeSet<>(shards.numbers()));
    }

    /** Returns the offset of a shard's first kept record. */
    public long firstOffset(long shard) {
        return shards.get(shard).firstOffset();
    }

    public long endOffset(long shard) {
        return shards.get(shard).endOffset();
    }

    /** Hands over a shard's records from an offset on, at most so many; says where some are damaged. */
    public void dump(long shard, long from, long limit, Consumer<StoredRecord> record, Consumer<String> damage)
            throws IOException {
        long offset = Math.max(from, firstOffset(shard));
        long left = limit;
        while (left > 0 && offset < endOffset(shard)) {
            try {
                int count = (int) Math.min(left, PAGE_RECORDS);
                for (StoredRecord found : shards.get(shard).read(offset, count, PAGE_BYTES, ReadArrays.NEW)) {
                    record.accept(found);
                    offset = found.offset() + 1;
                    left--;
                }
            } catch (CorruptLogException e) {
                damage.accept(String.format(Locale.ROOT, "%d to %d: %s", offset, e.resumeOffset() - 1, e.getMessage()));
                offset = e.resumeOffset();
            }
        }
    }
}
