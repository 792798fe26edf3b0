package io.millrace.video.fragments;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.disk.FileSystemDisk;
import io.millrace.durable.documents.DocumentStore;
import io.millrace.durable.threads.DaemonThreads;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All fragments of a node.
 *
 * <p>The segments are the truth. The index of each stream is a cache of them: it is written behind, made durable by
 * {@link #checkpoint()}, and what lies in segments after the checkpoint is read from their headers when the store
 * opens. An index that is damaged or missing is built anew from all segments.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>A fragment is readable, and its future complete, only after a sync that covers it.
 *   <li>An index entry on disk before the checkpoint is durable, and the segments before it are closed.
 *   <li>A segment is deleted only when no index has an entry that points into it and has not expired.
 * </ul>
 *
 * <p>Thread-safe. {@link #maintain()} and {@link #checkpoint()} are serialized with create, delete and expire by the
 * store's lock, under which the disk is used; the writer and the readers never take it.
 */
public final class FragmentStore implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(FragmentStore.class);
    private static final String EPOCH_KEY = "epoch";
    private static final String CHECKPOINT_KEY = "index-checkpoint";
    private static final long CLOSE_MILLIS = 10_000;

    private final LongAdder storedFragments = new LongAdder();
    private final LongAdder storedBytes = new LongAdder();
    private final LongAdder failedFragments = new LongAdder();
    private final Path indexDirectory;
    private final DocumentStore state;
    private final Segments segments;
    private final Map<Long, StreamIndex> indexes = new ConcurrentHashMap<>();
    private final FragmentMemory memory;
    private final AtomicLong lastNumber;
    private final Disk disk;
    private final DiskGuard guard;
    private final SegmentWriter writer;
    private final WriterThread writerThread;

    /** Who lets the writer write. It exists so that a test can do it step by step. */
    interface WriterThread {
        void start(Runnable loop);

        /** Returns once the writer, which was asked to end, has ended, or after a while. */
        void await();
    }

    /** What a store is opened with; a test may want each of them otherwise. */
    record Environment(Disk disk, DiskGuard guard, WriterThread writerThread) {}

    private FragmentStore(Path directory, Set<Long> streams, FragmentSettings settings, Environment environment)
            throws IOException {
        this.disk = environment.disk();
        this.guard = environment.guard();
        this.writerThread = environment.writerThread();
        this.indexDirectory = directory.resolve("index");
        this.state = DocumentStore.open(disk, directory.resolve("state"));
        this.segments = Segments.open(disk, directory.resolve("segments"));
        this.memory = new FragmentMemory(settings.memoryBytes());
        disk.createDirectories(indexDirectory);
        Optional<byte[]> lastCheckpoint = state.find(CHECKPOINT_KEY);
        long epoch = Math.max(lastEpoch(state.find(EPOCH_KEY).orElse(null)), segments.lastEpoch()) + 1;
        state.put(EPOCH_KEY, Long.toString(epoch).getBytes(StandardCharsets.US_ASCII));
        this.lastNumber = new AtomicLong(epoch << FragmentNumber.COUNT_BITS);
        IndexCheckpoint checkpoint = lastCheckpoint(lastCheckpoint.orElse(null));
        // Indexes are cut off now, and the start after one that ends here has no ends to go by.
        state.put(CHECKPOINT_KEY, checkpoint.withoutEnds().toDocument());
        recover(streams, checkpoint);
        guard.check();
        this.writer = new SegmentWriter(new SegmentWriter.Parts(segments, disk, guard), settings.segmentBytes(), epoch);
        segments.reclaim();
        checkpoint();
        writerThread.start(writer.loop());
    }

    /**
     * Opens the store kept in a directory, which is created when missing.
     *
     * @param streams those whose fragments are kept; fragments of others are dropped
     * @param guard of the disk that the directory is on
     * @throws CorruptFragmentsException if data that was acknowledged is damaged
     */
    public static FragmentStore open(Path directory, Set<Long> streams, FragmentSettings settings, DiskGuard guard)
            throws IOException {
        return open(directory, streams, settings, new Environment(new FileSystemDisk(), guard, new OwnThread()));
    }

    static FragmentStore open(Path directory, Set<Long> streams, FragmentSettings settings, Environment environment)
            throws IOException {
        return new FragmentStore(directory, streams, settings, environment);
    }

    /** A thread of the store's own. */
    static final class OwnThread implements WriterThread {
        private @Nullable Thread thread;

        @Override
        public void start(Runnable loop) {
            thread = DaemonThreads.start("fragment-writer", loop);
        }

        @Override
        public void await() {
            try {
                if (thread != null) {
                    thread.join(CLOSE_MILLIS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns the streams of which a directory holds fragments. */
    public static Set<Long> streamsIn(Path directory) throws IOException {
        Path index = directory.resolve("index");
        if (!Files.isDirectory(index)) {
            return Set.of();
        }
        try (Stream<Path> directories = Files.list(index)) {
            return directories
                    .map(found -> Long.valueOf(String.valueOf(found.getFileName())))
                    .collect(Collectors.toSet());
        }
    }

    /** Returns a fragment number that was never given out before and is above all that were. */
    public long nextNumber() {
        return lastNumber.incrementAndGet();
    }

    /** Begins to keep a stream's fragments on disk. */
    public synchronized void create(long stream) throws IOException {
        indexes.put(stream, StreamIndex.create(filesOf(stream)));
    }

    /** Begins to keep the newest fragments of a stream in memory. */
    public synchronized void createInMemory(long stream) {
        indexes.put(stream, StreamIndex.inMemory());
    }

    /** Drops a stream with all its fragments, and the segments that held nothing else. */
    public synchronized void delete(long stream) throws IOException {
        StreamIndex index = indexes.remove(stream);
        if (index != null) {
            Collection<Runnable> wake = index.markDeleted();
            release(index, Long.MAX_VALUE);
            index.deleteFiles();
            wake.forEach(Runnable::run);
            segments.reclaim();
        }
    }

    /** Returns what can be read of a stream; nothing when it does not exist. */
    public Optional<StreamIndex> index(long stream) {
        return Optional.ofNullable(indexes.get(stream));
    }

    /**
     * Stores a fragment. The future completes on the writer's thread once the fragment is durable and readable.
     *
     * @return a future that fails with {@link StreamGoneException} when the stream does not exist
     */
    public CompletableFuture<FragmentEntry> append(long stream, NewFragment fragment) {
        StreamIndex index = indexes.get(stream);
        if (index == null) {
            failedFragments.increment();
            return CompletableFuture.failedFuture(new StreamGoneException(stream));
        }
        CompletableFuture<FragmentEntry> stored = writer.enqueue(new SegmentWriter.Append(stream, index, fragment));
        stored.whenComplete((entry, failure) -> {
            (failure == null ? storedFragments : failedFragments).increment();
            storedBytes.add(failure == null ? fragment.payloadBytes() : 0);
        });
        return stored;
    }

    /** Returns how many fragments have become durable since the store was opened. */
    public long storedFragments() {
        return storedFragments.sum();
    }

    /** Returns the bytes of media of those fragments. */
    public long storedBytes() {
        return storedBytes.sum();
    }

    /** Returns how many fragments could not be stored. */
    public long failedFragments() {
        return failedFragments.sum();
    }

    /** Shows a fragment to readers and keeps it in memory for as long as there is room. */
    public void keepInMemory(long stream, NewFragment fragment) throws StreamGoneException {
        StreamIndex index = indexes.get(stream);
        if (index == null || !memory.add(index, fragment)) {
            throw new StreamGoneException(stream);
        }
    }

    public FragmentReader reader() {
        return new FragmentReader(segments);
    }

    /** Tells why fragments cannot be stored any more; empty while all is well. */
    public String failure() {
        IOException failure = writer.failure();
        return failure == null ? guard.message() : String.valueOf(failure.getMessage());
    }

    /** Tells whether a write or a sync has failed, so that only a restart finds out what is on the disk. */
    public boolean hasFailedForGood() {
        return writer.failure() != null;
    }

    /** Looks whether the disk has room. Called often. */
    public void checkRoom() throws IOException {
        guard.check();
    }

    /** Forgets the oldest fragments of a stream as long as they arrived before a time, by the server's clock. */
    public synchronized void expire(long stream, long beforeMillis) throws IOException {
        StreamIndex index = indexes.get(stream);
        if (index != null && release(index, beforeMillis) > 0) {
            index.dropExpiredFiles();
            segments.reclaim();
        }
    }

    /** Moves what the indexes hold in memory to their files. Called often; cheap when nothing is new. */
    public synchronized void maintain() throws IOException {
        for (StreamIndex index : indexes.values()) {
            index.flush();
        }
    }

    /** Makes the indexes durable up to the segment that is being written. */
    public synchronized void checkpoint() throws IOException {
        long segment = segments.current(); // before the flush: all fragments of earlier ones are in the indexes by now
        maintain();
        Map<Long, Long> ends = new HashMap<>();
        for (Map.Entry<Long, StreamIndex> entry : indexes.entrySet()) {
            entry.getValue().force();
            ends.put(entry.getKey(), entry.getValue().written());
        }
        state.put(CHECKPOINT_KEY, new IndexCheckpoint(segment, ends).toDocument());
    }

    /** Writes what is queued, on the caller's thread: for tests whose writer has none. */
    void step() {
        writer.step();
    }

    /** Waits up to ten seconds for what is queued to be written. */
    @Override
    public synchronized void close() throws IOException {
        writer.close();
        writerThread.await();
        if (writer.failure() == null) {
            checkpoint();
        }
    }

    private long release(StreamIndex index, long beforeMillis) throws IOException {
        Map<Long, Integer> released = new HashMap<>();
        long ordinal = index.first();
        long start = ordinal;
        boolean more = true;
        while (more) {
            List<FragmentEntry> entries = index.page(ordinal).entries();
            more = !entries.isEmpty();
            for (FragmentEntry entry : entries) {
                if (entry.time().serverMillis() >= beforeMillis) {
                    more = false;
                    break;
                }
                released.merge(entry.place().segment(), 1, Integer::sum);
                ordinal++;
            }
        }
        index.advance(ordinal);
        released.forEach((segment, count) -> segments.count(segment, -count));
        return ordinal - start;
    }

    private void recover(Set<Long> streams, IndexCheckpoint checkpoint) throws IOException {
        dropStrangers(streams);
        long from = checkpoint.segment();
        try {
            loadIndexes(streams, from, checkpoint.ends());
        } catch (CorruptFragmentsException e) {
            LOG.warn("the fragment index is built anew: {}", e.getMessage());
            from = 0;
            for (long stream : streams) {
                filesOf(stream).delete();
            }
            loadIndexes(streams, from, Map.of());
        }
        List<Long> numbers = segments.numbers();
        for (int i = 0; i < numbers.size(); i++) {
            long segment = numbers.get(i);
            SegmentScan.Visitor visitor = (header, position) -> recovered(header, segment, position);
            if (i == numbers.size() - 1) {
                SegmentScan.newest(disk, segments.fileOf(segment), visitor);
            } else if (segment >= from) {
                SegmentScan.closed(disk, segments.fileOf(segment), visitor);
            }
        }
    }

    private void loadIndexes(Set<Long> streams, long checkpoint, Map<Long, Long> ends) throws IOException {
        boolean missing = false;
        for (long stream : streams) {
            missing |= !filesOf(stream).exist();
        }
        for (long stream : streams) {
            IndexFiles files = filesOf(stream);
            files.create();
            long end = missing ? 0 : ends.getOrDefault(stream, 0L);
            indexes.put(stream, StreamIndex.load(files, segments::contains, missing ? 0 : checkpoint, end));
        }
        if (missing && checkpoint > 0) {
            throw new CorruptFragmentsException(indexDirectory, 0, "the index of a stream is missing");
        }
        for (StreamIndex index : indexes.values()) {
            countAll(index);
        }
    }

    private void countAll(StreamIndex index) throws IOException {
        long ordinal = index.first();
        for (StreamIndex.Page page = index.page(ordinal); !page.entries().isEmpty(); page = index.page(page.end())) {
            page.entries().forEach(entry -> segments.count(entry.place().segment(), 1));
        }
    }

    private void recovered(RecordHeader header, long segment, int position) {
        StreamIndex index = indexes.get(header.stream());
        if (index != null && index.publish(FragmentEntry.onDisk(header, segment, position))) {
            segments.count(segment, 1);
        }
    }

    private void dropStrangers(Set<Long> streams) throws IOException {
        for (Path directory : disk.list(indexDirectory)) {
            if (!streams.contains(Long.parseLong(String.valueOf(directory.getFileName())))) {
                new IndexFiles(disk, directory).delete();
            }
        }
    }

    private IndexFiles filesOf(long stream) {
        return new IndexFiles(disk, indexDirectory.resolve(Long.toString(stream)));
    }

    /** Each start begins a segment that is named by its epoch, so the segments make up for a damaged document. */
    private static long lastEpoch(byte @Nullable [] document) {
        if (document == null) {
            return 0;
        }
        try {
            return Long.parseLong(new String(document, StandardCharsets.US_ASCII));
        } catch (NumberFormatException e) {
            LOG.warn("the document with the number of the last start is damaged; it is made anew from the segments");
            return 0;
        }
    }

    private static IndexCheckpoint lastCheckpoint(byte @Nullable [] document) {
        try {
            return IndexCheckpoint.of(document);
        } catch (IOException e) {
            LOG.warn("{}; all segments are read", e.getMessage());
            return new IndexCheckpoint(0, Map.of());
        }
    }
}
