package io.millrace.video.fragments;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes segments.
 *
 * <p>It takes all fragments that wait, writes them, syncs once, publishes them in their streams' indexes and only then
 * tells their producers: while a sync runs, the next group gathers. There is no timer; a lone fragment waits for one sync.
 *
 * <p>A group for which the disk has no room is refused, what was written of it is dropped, and the next group is tried.
 * After any other failure nothing is accepted any more: a failed sync is not retried, since the kernel may already have
 * dropped the pages. Only a restart, and with it recovery, finds out what survived.
 */
final class SegmentWriter implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentWriter.class);
    private static final int GROUP_BYTES = 32 * 1024 * 1024;
    private static final int SCRATCH_BYTES = 1024 * 1024;
    private static final long IDLE_POLL_MILLIS = 200;

    private record Pending(long stream, StreamIndex index, NewFragment fragment, CompletableFuture<Void> done) {}

    private record Placed(Pending pending, FragmentEntry entry) {}

    /** What the writer writes with. */
    record Parts(DiskRoom room, SegmentOutput.Factory outputs) {}

    private final Segments segments;
    private final DiskRoom room;
    private final SegmentOutput.Factory outputs;
    private final long segmentBytes;
    private final long epoch;
    private final BlockingQueue<Pending> queue = new LinkedBlockingQueue<>();
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
    private final Map<FragmentHead, Integer> heads = new HashMap<>();

    private SegmentOutput output;
    private long segment;
    private long position;
    private long durable;
    private volatile boolean closing;
    private volatile @Nullable IOException failure;
    private final IOException died = new IOException("the fragment log's writer died");

    /** @param disk what it writes with */
    SegmentWriter(Segments segments, Parts disk, long segmentBytes, long epoch) throws IOException {
        this.segments = segments;
        this.room = disk.room();
        this.outputs = disk.outputs();
        this.segmentBytes = segmentBytes;
        this.epoch = epoch;
        this.segment = segments.begin(epoch);
        this.output = create(segment);
    }

    /** Queues a fragment; the future completes on the writer's thread once it is durable and readable. Any thread. */
    CompletableFuture<Void> enqueue(long stream, StreamIndex index, NewFragment fragment) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        queue.add(new Pending(stream, index, fragment, done));
        if (failure != null || closing) {
            failQueued(); // the thread may already have looked for the last time
        }
        return done;
    }

    @Nullable
    IOException failure() {
        return failure;
    }

    /** Asks the thread to write what is queued and to end. */
    void close() {
        closing = true;
    }

    @Override
    public void run() {
        try {
            while (!closing || !queue.isEmpty()) {
                List<Pending> group = nextGroup();
                if (!group.isEmpty()) {
                    commit(group);
                }
            }
            seal();
            closing = true;
        } catch (InterruptedException e) {
            failure = new IOException("the fragment log's writer was interrupted", e);
        } catch (IOException | RuntimeException | Error e) { // the outermost frame of the thread
            failure = reasonOf(e);
            LOG.error("the fragment log failed; nothing is stored until the node is restarted", e);
            if (e instanceof Error error) {
                throw error; // the thread's handler decides about the process
            }
        } finally {
            failQueued();
        }
    }

    private IOException reasonOf(Throwable e) {
        try {
            return e instanceof IOException io ? io : new IOException("the fragment log's writer failed: " + e, e);
        } catch (OutOfMemoryError none) {
            return died;
        }
    }

    private List<Pending> nextGroup() throws InterruptedException {
        List<Pending> group = new ArrayList<>();
        Pending next = queue.poll(IDLE_POLL_MILLIS, TimeUnit.MILLISECONDS);
        long size = 0;
        while (next != null) {
            group.add(next);
            size += next.fragment().payloadBytes();
            next = size < GROUP_BYTES ? queue.poll() : null;
        }
        return group;
    }

    private void commit(List<Pending> group) throws IOException {
        try {
            rotateIfLong();
            List<Placed> placed = written(group);
            output.sync();
            durable = position;
            placed.forEach(this::publish);
        } catch (DiskFullException e) {
            group.forEach(pending -> pending.done().completeExceptionally(e));
        } catch (IOException | RuntimeException | Error e) { // somebody waits for each of them
            group.forEach(pending -> pending.done().completeExceptionally(e));
            throw e;
        }
    }

    private void rotateIfLong() throws IOException {
        if (durable >= segmentBytes) {
            room.require(SCRATCH_BYTES);
            orDropped(this::seal);
            heads.clear();
            segment = segments.begin(epoch);
            position = 0;
            durable = 0;
            output = create(segment);
        }
    }

    /** @throws DiskFullException if there is no room; nothing of the group is left then */
    private List<Placed> written(List<Pending> group) throws IOException {
        long bytes = 0;
        for (Pending pending : group) {
            bytes += pending.fragment().payloadBytes();
        }
        room.require(bytes);
        List<Placed> placed = new ArrayList<>(group.size());
        orDropped(() -> {
            for (Pending pending : group) {
                placed.add(new Placed(pending, append(pending)));
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
            if (!isForWantOfRoom(e)) {
                throw e;
            }
            scratch.clear();
            output.rewind(durable);
            position = durable;
            heads.values().removeIf(start -> start >= durable);
            throw new DiskFullException("the disk is full: " + e.getMessage(), e);
        }
    }

    /** Java has no exception of its own for a full disk or an exhausted quota; the C library's texts are fixed. */
    private static boolean isForWantOfRoom(IOException e) {
        String text = String.valueOf(e.getMessage());
        return text.contains("No space left on device") || text.contains("Disk quota exceeded");
    }

    private void publish(Placed placed) {
        Pending pending = placed.pending();
        // Counted first: once published, it may be read, expire and be counted off at any moment.
        segments.count(segment, 1);
        if (pending.index().publish(placed.entry())) {
            pending.done().complete(null);
        } else {
            segments.count(segment, -1);
            pending.done().completeExceptionally(new StreamGoneException(pending.stream()));
        }
    }

    private FragmentEntry append(Pending pending) throws IOException {
        NewFragment fragment = pending.fragment();
        Integer known = heads.get(fragment.head());
        int headPosition = known == null ? appendHead(fragment.head()) : known;
        CRC32C crc = new CRC32C();
        fragment.payload().forEach(piece -> crc.update(piece.duplicate()));
        RecordHeader header = new RecordHeader(
                RecordHeader.Kind.FRAGMENT,
                pending.stream(),
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
        long next = RecordHeader.nextPosition(position, header.payloadBytes());
        put(ByteBuffer.allocate((int) (next - position - RecordHeader.BYTES - header.payloadBytes())));
        position = next;
    }

    private void put(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (!scratch.hasRemaining()) {
                flushScratch();
            }
            int count = Math.min(bytes.remaining(), scratch.remaining());
            scratch.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
        }
    }

    private void flushScratch() throws IOException {
        output.write(scratch.flip());
        scratch.clear();
    }

    private SegmentOutput create(long number) throws IOException {
        SegmentOutput created = outputs.create(segments.fileOf(number));
        segments.syncDirectory();
        return created;
    }

    private void seal() throws IOException {
        appendRecord(RecordHeader.seal((int) durable), List.of());
        flushScratch();
        output.sync();
        output.close();
    }

    private void failQueued() {
        IOException cause = failure;
        IOException reason = cause != null
                ? new IOException("the fragment log failed earlier: " + cause.getMessage(), cause)
                : new IOException("the fragment log is closed");
        for (Pending pending = queue.poll(); pending != null; pending = queue.poll()) {
            pending.done().completeExceptionally(reason);
        }
    }
}
