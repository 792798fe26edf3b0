package io.millrace.video.fragments;

import io.millrace.durable.commit.GroupCommit;
import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import io.millrace.durable.disk.DiskFullException;
import io.millrace.durable.disk.DiskGuard;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What the fragment log does with a group of fragments: writes them to the newest segment, syncs once, publishes them
 * in their streams' indexes and only then tells their producers. {@link GroupCommit} gathers the groups and has the
 * promises about callers and failures.
 *
 * <p>A group for which the disk has no room is refused, what was written of it is dropped, and the next group is tried.
 *
 * <p>Confined to the writer's thread, but for what says otherwise.
 */
final class SegmentWriter implements GroupCommit.Log<SegmentWriter.Append, FragmentEntry> {
    private static final int GROUP_BYTES = 32 * 1024 * 1024;
    private static final int SCRATCH_BYTES = 1024 * 1024;
    private static final Duration IDLE_AFTER = Duration.ofMillis(200);

    /** A fragment on its way to a stream. */
    record Append(long stream, StreamIndex index, NewFragment fragment) {}

    private record Placed(GroupCommit<Append, FragmentEntry>.Entry append, FragmentEntry entry) {}

    /** What the writer writes to. */
    record Parts(Segments segments, Disk disk, DiskGuard guard) {}

    private final Segments segments;
    private final Disk disk;
    private final DiskGuard guard;
    private final long segmentBytes;
    private final long epoch;
    private final GroupCommit<Append, FragmentEntry> commits = new GroupCommit<>(this, GROUP_BYTES, IDLE_AFTER);
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
    private final Map<FragmentHead, Integer> heads = new HashMap<>();

    private DiskFile output;
    private long segment;
    /** Where the next record begins; what is in {@link #scratch} counts as written. */
    private long position;

    private long durable;

    SegmentWriter(Parts parts, long segmentBytes, long epoch) throws IOException {
        this.segments = parts.segments();
        this.disk = parts.disk();
        this.guard = parts.guard();
        this.segmentBytes = segmentBytes;
        this.epoch = epoch;
        this.segment = segments.begin(epoch);
        this.output = create(segment);
    }

    /** Queues a fragment; the future completes on the writer's thread once it is durable and readable. Any thread. */
    CompletableFuture<FragmentEntry> enqueue(Append append) {
        return commits.enqueue(append, append.fragment().payloadBytes());
    }

    /** Returns the loop in which all is written; it ends after {@link #close}, or a failure. */
    Runnable loop() {
        return commits;
    }

    /** Writes what is queued: for tests. */
    void step() {
        commits.step(0);
    }

    /** Returns why fragments are refused until a restart; null while they are not. Any thread. */
    @Nullable
    IOException failure() {
        return commits.failure();
    }

    /** Asks the thread to write what is queued and to end. Any thread. */
    void close() {
        commits.close();
    }

    @Override
    public String name() {
        return "the fragment log";
    }

    @Override
    public IOException stopped(IOException failure) {
        return new IOException(
                "the fragment log stopped after a failure (" + failure.getMessage()
                        + "); media is refused until the node is restarted",
                failure);
    }

    @Override
    public void commit(List<GroupCommit<Append, FragmentEntry>.Entry> group) throws IOException {
        try {
            rotateIfLong();
            List<Placed> placed = written(group);
            output.sync();
            durable = position;
            placed.forEach(this::publish);
        } catch (DiskFullException e) {
            group.forEach(entry -> entry.fail(e));
        }
    }

    private void rotateIfLong() throws IOException {
        if (durable >= segmentBytes) {
            guard.require(SCRATCH_BYTES);
            orDropped(this::seal);
            heads.clear();
            segment = segments.begin(epoch);
            position = 0;
            durable = 0;
            output = create(segment);
        }
    }

    /** @throws DiskFullException if there is no room; nothing of the group is left then */
    private List<Placed> written(List<GroupCommit<Append, FragmentEntry>.Entry> group) throws IOException {
        long bytes = 0;
        for (var entry : group) {
            bytes += entry.sizeBytes();
        }
        guard.require(bytes);
        List<Placed> placed = new ArrayList<>(group.size());
        orDropped(() -> {
            for (var entry : group) {
                placed.add(new Placed(entry, append(entry.item())));
            }
            flushScratch();
        });
        return placed;
    }

    @FunctionalInterface
    private interface Writing {
        void run() throws IOException;
    }

    /** Writes, and drops what was written when the disk turns out to be full: nobody has been told of it. */
    private void orDropped(Writing writing) throws IOException {
        try {
            writing.run();
        } catch (IOException e) {
            if (!DiskFullException.isMeantBy(e)) {
                throw e;
            }
            scratch.clear();
            output.truncate(durable);
            position = durable;
            heads.values().removeIf(start -> start >= durable);
            throw new DiskFullException("the disk is full: " + e.getMessage(), e);
        }
    }

    private void publish(Placed placed) {
        Append append = placed.append().item();
        // Counted first: once published, it may be read, expire and be counted off at any moment.
        segments.count(segment, 1);
        if (append.index().publish(placed.entry())) {
            placed.append().complete(placed.entry());
        } else {
            segments.count(segment, -1);
            placed.append().fail(new StreamGoneException(append.stream()));
        }
    }

    private FragmentEntry append(Append append) throws IOException {
        NewFragment fragment = append.fragment();
        Integer known = heads.get(fragment.head());
        int headPosition = known == null ? appendHead(fragment.head()) : known;
        CRC32C crc = new CRC32C();
        fragment.payload().forEach(piece -> crc.update(piece.duplicate()));
        RecordHeader header = new RecordHeader(
                RecordHeader.Kind.FRAGMENT,
                append.stream(),
                fragment.number(),
                fragment.time(),
                fragment.payloadBytes(),
                headPosition,
                (int) durable,
                (int) crc.getValue());
        int start = (int) position;
        appendRecord(header, fragment.payload());
        return FragmentEntry.onDisk(header, segment, start);
    }

    private int appendHead(FragmentHead head) throws IOException {
        int start = (int) position;
        ByteBuffer bytes = head.bytes();
        RecordHeader header =
                RecordHeader.head(bytes.remaining(), (int) durable, RecordHeader.crcOf(bytes.duplicate()));
        appendRecord(header, List.of(bytes));
        heads.put(head, start);
        return start;
    }

    private void appendRecord(RecordHeader header, List<ByteBuffer> payload) throws IOException {
        ByteBuffer encoded = ByteBuffer.allocate(RecordHeader.BYTES);
        header.write(encoded);
        put(encoded.flip());
        for (ByteBuffer piece : payload) {
            put(piece.duplicate());
        }
        long next = RecordHeader.nextPosition(recordStart(header), header.payloadBytes());
        put(ByteBuffer.allocate((int) (next - position)));
    }

    private long recordStart(RecordHeader header) {
        return position - RecordHeader.BYTES - header.payloadBytes();
    }

    private void put(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (!scratch.hasRemaining()) {
                flushScratch();
            }
            int count = Math.min(bytes.remaining(), scratch.remaining());
            scratch.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            position += count;
        }
    }

    private void flushScratch() throws IOException {
        scratch.flip();
        output.write(scratch, position - scratch.remaining());
        scratch.clear();
    }

    private DiskFile create(long number) throws IOException {
        DiskFile created = disk.openForWrite(segments.fileOf(number));
        segments.syncDirectory();
        return created;
    }

    private void seal() throws IOException {
        appendRecord(RecordHeader.seal((int) durable), List.of());
        flushScratch();
        output.sync();
        output.close();
    }

    @Override
    public void finish() throws IOException {
        seal();
    }
}
