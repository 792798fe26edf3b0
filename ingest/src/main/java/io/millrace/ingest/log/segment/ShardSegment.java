package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.DiskFile;
import io.millrace.ingest.log.CorruptLogException;
import io.millrace.ingest.log.Damage;
import io.millrace.ingest.log.ReadArrays;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One file of one shard, {@code SHARD-OFFSET.seg}: a run of {@link Block}s with growing offsets, and behind them the
 * {@link BlockIndex} once the file is closed.
 *
 * <p>Written by the background thread without syncing; the write-ahead log keeps the same frames until a checkpoint has
 * synced this file and taken note of its {@link Facts}. It is opened for each use, so that ten thousand shards need no
 * ten thousand descriptors. Any thread reads, up to the facts published last, without a lock.
 */
final class ShardSegment {
    private static final String SUFFIX = ".seg";

    /**
     * How far a file reaches.
     *
     * @param endOffset behind the last record
     * @param bytes the length of all blocks
     * @param sealed whether nothing will be appended any more
     */
    record Facts(long baseOffset, long endOffset, long bytes, long firstArrival, long lastArrival, boolean sealed) {

        /** Tells whether all its records are earlier than a time. Those of a file without any are still to come. */
        boolean endsBefore(long epochMillis) {
            return bytes > 0 && lastArrival < epochMillis;
        }

        private Facts with(Block.Header block) {
            return new Facts(
                    baseOffset,
                    block.endOffset(),
                    bytes + block.sizeBytes(),
                    bytes == 0 ? block.firstArrival() : firstArrival,
                    block.lastArrival(),
                    false);
        }
    }

    private final ShardFiles files;
    private final long shard;
    private final Path path;
    private volatile Facts facts;
    private volatile @Nullable BlockIndex growing; // kept in memory while the file is written
    private final AtomicLong unsyncedBytes = new AtomicLong();
    private final ReentrantLock syncing = new ReentrantLock();
    private final AtomicBoolean syncAsked = new AtomicBoolean();
    private volatile boolean syncFailed;
    private volatile boolean forgotten;

    private ShardSegment(ShardFiles files, long shard, Facts facts, @Nullable BlockIndex growing) {
        this.files = files;
        this.shard = shard;
        this.path = files.directory().resolve(nameOf(shard, facts.baseOffset()));
        this.facts = facts;
        this.growing = growing;
    }

    /** Begins a file, which comes to be with the first append. */
    static ShardSegment create(ShardFiles files, long shard, long baseOffset) {
        return new ShardSegment(files, shard, new Facts(baseOffset, baseOffset, 0, 0, 0, false), new BlockIndex());
    }

    /** Takes up a file of an earlier run. What it holds beyond the facts is not looked at. */
    static ShardSegment open(ShardFiles files, long shard, Facts facts) {
        return new ShardSegment(files, shard, facts, null);
    }

    static String nameOf(long shard, long baseOffset) {
        return String.format(Locale.ROOT, "%d-%d%s", shard, baseOffset, SUFFIX);
    }

    static boolean isSegment(Path file) {
        return file.toString().endsWith(SUFFIX);
    }

    Path path() {
        return path;
    }

    Facts facts() {
        return facts;
    }

    long unsyncedBytes() {
        return unsyncedBytes.get();
    }

    /**
     * Tells whether all that was appended is durable. While a sync is under way, or after one that failed, it is not.
     */
    boolean isDurable() {
        return unsyncedBytes.get() == 0 && !syncing.isLocked() && !syncFailed;
    }

    // ---- background thread

    /** Appends frames that follow each other and what is here. A failed append has no effect and can be repeated. */
    void append(List<Frame> frames) throws IOException {
        BlockIndex index = growingIndex();
        List<Block.Header> written = new ArrayList<>();
        Facts before = facts;
        try (DiskFile file = files.disk().openForWrite(path)) {
            unsyncedBytes.incrementAndGet(); // whatever becomes of the write
            long[] position = {before.bytes()};
            files.encoder().encode(shard, frames, files.options().codec(), block -> {
                file.write(block.bytes(), position[0]);
                position[0] += block.header().sizeBytes();
                written.add(block.header());
            });
            unsyncedBytes.addAndGet(position[0] - before.bytes());
        }
        Facts grown = before;
        for (Block.Header block : written) {
            index.add(block.baseOffset(), grown.bytes(), block.lastArrival());
            grown = grown.with(block);
        }
        facts = grown;
    }

    /** Returns the index of a file that is not closed yet; made anew once after a restart. */
    private synchronized BlockIndex growingIndex() throws IOException {
        BlockIndex index = growing;
        if (index == null) {
            index = scan();
            growing = index;
        }
        return index;
    }

    /** Writes the index behind the blocks. */
    void seal() throws IOException {
        BlockIndex index = growingIndex();
        Facts now = facts;
        try (DiskFile file = files.disk().openForWrite(path)) {
            file.write(index.encode(), now.bytes());
        } finally {
            unsyncedBytes.incrementAndGet();
        }
        facts = new Facts(now.baseOffset(), now.endOffset(), now.bytes(), now.firstArrival(), now.lastArrival(), true);
        growing = null;
    }

    /**
     * Makes everything appended durable, once its name is. Any thread; what is appended meanwhile may not be.
     *
     * @throws Checkpointer.SyncFailure if that was tried in vain, now or before: it must not be tried again
     */
    void sync() throws IOException {
        syncAsked.set(false);
        syncing.lock();
        try {
            if (syncFailed) {
                throw new Checkpointer.SyncFailure(
                        new IOException(String.format(Locale.ROOT, "an earlier sync of %s failed", path)));
            }
            if (unsyncedBytes.get() > 0) {
                try (DiskFile file = files.disk().openForRead(path)) { // which may fail and be tried again
                    syncOnce(file);
                } catch (NoSuchFileException e) {
                    if (!forgotten) { // else a checkpoint that does not name it was saved, and it is gone
                        throw e;
                    }
                }
            }
        } finally {
            syncing.unlock();
        }
    }

    private void syncOnce(DiskFile file) throws Checkpointer.SyncFailure {
        syncFailed = true; // unless it comes back: an error may leave no memory to say so afterwards
        unsyncedBytes.set(0); // before: what is appended from now on needs another sync
        try {
            file.sync();
        } catch (IOException | RuntimeException | Error e) {
            throw new Checkpointer.SyncFailure(e);
        }
        syncFailed = false;
    }

    /** Notes that a sync is wanted. Returns whether that is news: there is none yet that has still to begin. */
    boolean askForSync() {
        return syncAsked.compareAndSet(false, true);
    }

    /** Is told that its shard has let it go. The file stays until no checkpoint names it. */
    void forget() {
        forgotten = true;
        files.indexes().forget(this);
    }

    // ---- any thread

    /** Adds records to a cursor whose next offset lies in this file. */
    void read(RecordCursor cursor, ReadArrays arrays) throws IOException {
        Facts known = facts;
        BlockIndex index = index();
        try (DiskFile file = files.disk().openForRead(path)) {
            int blocks = index.size();
            for (int i = index.blockAt(cursor.nextOffset()); i < blocks && !cursor.isFull(); i++) {
                long position = index.position(i);
                if (position >= known.bytes()) {
                    return;
                }
                for (Frame frame : block(file, index, i, known, arrays)) {
                    if (!cursor.isFull() && frame.baseOffset() > cursor.nextOffset()) {
                        throw lost(position, frame.baseOffset());
                    }
                    cursor.take(frame);
                }
            }
        }
        if (!cursor.isFull() && cursor.nextOffset() < known.endOffset()) {
            throw lost(known.bytes(), known.endOffset());
        }
    }

    /**
     * Reads everything and reports what is wrong.
     *
     * @return how many records are whole
     */
    long verify() throws IOException {
        Facts known = facts;
        BlockIndex blocks;
        try {
            blocks = scan();
        } catch (CorruptLogException e) {
            return 0; // the file is missing, and reported
        }
        long records = 0;
        long next = known.baseOffset();
        try (DiskFile file = files.disk().openForRead(path)) {
            if (known.sealed() && BlockIndex.read(file, known.bytes()) == null) {
                damaged(known.bytes(), "the index is damaged; it is made anew when it is needed");
            }
            for (int i = 0; i < blocks.size(); i++) {
                try {
                    for (Frame frame : block(file, blocks, i, known, ReadArrays.NEW)) {
                        if (frame.baseOffset() != next) {
                            lost(blocks.position(i), frame.baseOffset());
                        }
                        next = frame.endOffset();
                        records += frame.count();
                    }
                } catch (CorruptLogException e) {
                    next = e.resumeOffset(); // reported
                }
            }
            if (next < known.endOffset()) {
                lost(known.bytes(), known.endOffset());
            }
        }
        return records;
    }

    /**
     * A record's place in a shard.
     *
     * @param arrivalEpochMillis of the record, or earlier
     */
    record Place(long offset, long arrivalEpochMillis) {}

    /**
     * Returns the first record at or after a time, or nothing when all are earlier.
     *
     * @throws NoSuchFileException if the shard has let the file go
     */
    @Nullable
    Place placeAtTime(long epochMillis) throws IOException {
        Facts known = facts;
        if (known.bytes() == 0 || known.endsBefore(epochMillis)) {
            return null;
        }
        long from = known.baseOffset();
        try {
            BlockIndex index = index();
            int i = index.blockAtTime(epochMillis);
            if (i >= index.size() || index.position(i) >= known.bytes()) {
                return null;
            }
            from = index.base(i);
            try (DiskFile file = files.disk().openForRead(path)) {
                for (Frame frame : block(file, index, i, known, ReadArrays.NEW)) {
                    if (frame.arrivalEpochMillis() >= epochMillis) {
                        return new Place(frame.baseOffset(), frame.arrivalEpochMillis());
                    }
                }
            }
        } catch (CorruptLogException e) {
            return new Place(from, epochMillis); // somewhere behind; reading there tells of the damage
        } catch (NoSuchFileException e) {
            if (forgotten) {
                throw e;
            }
            return new Place(from, epochMillis);
        }
        return null;
    }

    private List<Frame> block(DiskFile file, BlockIndex index, int block, Facts known, ReadArrays arrays)
            throws IOException {
        long position = index.position(block);
        boolean last = block + 1 >= index.size() || index.position(block + 1) >= known.bytes();
        int length = (int) ((last ? known.bytes() : index.position(block + 1)) - position);
        byte[] bytes = arrays.take(length);
        int read = file.read(ByteBuffer.wrap(bytes, 0, length), position);
        List<Frame> frames = read < length ? null : Block.decode(bytes, length, shard, arrays);
        if (frames == null) {
            long next = last ? known.endOffset() : index.base(block + 1);
            throw new CorruptLogException(
                    damaged(position, String.format(Locale.ROOT, "a block of shard %d is damaged", shard)), next);
        }
        return frames;
    }

    private CorruptLogException lost(long position, long to) {
        return new CorruptLogException(
                damaged(position, String.format(Locale.ROOT, "shard %d: records before offset %d are lost", shard, to)),
                to);
    }

    private Damage damaged(long position, String what) {
        return files.damages().add(new Damage("shards/" + path.getFileName(), position, what));
    }

    private BlockIndex index() throws IOException {
        BlockIndex index = growing;
        if (index != null) {
            return index;
        }
        return facts.sealed() ? files.indexes().get(this, this::load) : growingIndex();
    }

    /** Reads the index at the end of a closed file, or makes it anew out of the blocks. */
    private BlockIndex load() throws IOException {
        BlockIndex index;
        try (DiskFile file = files.disk().openForRead(path)) {
            index = BlockIndex.read(file, facts.bytes());
        }
        return index != null ? index : scan();
    }

    /** Makes the index out of the headers of the blocks. Blocks whose header is damaged are left out. */
    private BlockIndex scan() throws IOException {
        Facts known = facts;
        BlockIndex index = new BlockIndex();
        if (known.bytes() == 0) {
            return index;
        }
        byte[] header = new byte[Block.HEADER_BYTES];
        try (DiskFile file = files.disk().openForRead(path)) {
            long position = 0;
            while (position < known.bytes()) {
                int read = file.read(ByteBuffer.wrap(header), position);
                Block.Header block = read < header.length ? null : Block.headerAt(header, 0, shard);
                if (block == null) {
                    damaged(position, String.format(Locale.ROOT, "the head of a block of shard %d is damaged", shard));
                    position = findBlock(file, position + 1, known.bytes());
                } else {
                    index.add(block.baseOffset(), position, block.lastArrival());
                    position += block.sizeBytes();
                }
            }
        } catch (NoSuchFileException e) {
            if (forgotten) {
                throw e;
            }
            throw new CorruptLogException(damaged(0, "the file is missing"), known.endOffset());
        }
        return index;
    }

    private long findBlock(DiskFile file, long from, long end) throws IOException {
        byte[] window = new byte[2 * Block.TARGET_BYTES];
        for (long at = from; at < end; at += window.length - Block.HEADER_BYTES) {
            int length = file.read(ByteBuffer.wrap(window), at);
            for (int i = 0; i + Block.HEADER_BYTES <= length; i++) {
                if (Block.headerAt(window, i, shard) != null) {
                    return at + i;
                }
            }
        }
        return end;
    }
}
