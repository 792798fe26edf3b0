package io.millrace.video;

import io.millrace.durable.Resources;
import io.millrace.durable.disk.FileNames;
import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.memory.MemoryPlan;
import io.millrace.durable.threads.DaemonThreads;
import io.millrace.durable.time.SteadyClock;
import io.millrace.protocol.api.ApiRouter;
import io.millrace.video.api.VideoApi;
import io.millrace.video.fragments.FragmentSettings;
import io.millrace.video.fragments.FragmentStore;
import io.millrace.video.streams.VideoStreams;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The video streams of a node: opened from its directory, closed when the node ends. Thread-safe. */
public final class Video implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Video.class);
    private static final int BLOCKING_THREADS = 4;
    private static final int READER_THREADS = 4;
    private static final long INDEX_SECONDS = 1;
    private static final long CHECKPOINT_SECONDS = 60;
    private static final long EXPIRE_SECONDS = 30;
    private static final long SILENCE_CHECK_SECONDS = 5;

    private final VideoStreams streams;
    private final VideoApi api;
    private final ExecutorService blocking = pool("video-io", BLOCKING_THREADS);
    private final ExecutorService readers = pool("video-reader", READER_THREADS);
    private final ScheduledExecutorService upkeep =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("video-upkeep"));
    /** What fails now, by chore: a disk that was full and no longer is leaves nothing behind. */
    private final Map<String, String> failing = new ConcurrentHashMap<>();

    private Video(VideoStreams streams, MemoryPlan memory, InstantSource clock) {
        this.streams = streams;
        this.api = new VideoApi(
                streams,
                new VideoApi.Executors(blocking, readers),
                SteadyClock.over(clock),
                memory.bytes(MemoryPlan.Share.ARRIVING_MEDIA));
        every("disk", INDEX_SECONDS, () -> streams.fragments().checkRoom());
        every("index", INDEX_SECONDS, () -> streams.fragments().maintain());
        every("checkpoint", CHECKPOINT_SECONDS, () -> streams.fragments().checkpoint());
        every("retention", EXPIRE_SECONDS, streams::expire);
        every("silent producers", SILENCE_CHECK_SECONDS, api::endSilentProducers);
    }

    /**
     * Opens the streams and fragments kept in a directory; it is created when missing.
     *
     * @param resources that it shares with other parts of the node
     */
    public static Video open(Path directory, Resources resources, InstantSource clock) throws IOException {
        FileNames.toAsciiDigits(directory);
        VideoStreams streams =
                VideoStreams.open(directory, resources.disk(), FragmentSettings.of(resources.memory()), clock);
        try {
            streams.expire(); // an index may still show what expired shortly before the last end
        } catch (IOException e) {
            LOG.warn("expired fragments could not be dropped; it is tried again", e);
        }
        return new Video(streams, resources.memory(), clock);
    }

    /** Adds the service's paths to the endpoint's. */
    public void register(ApiRouter router) {
        api.register(router);
    }

    /** Tells why media cannot be taken any more; empty while all is well. */
    public String failure() {
        String failure = streams.fragments().failure();
        return failure.isEmpty() ? String.join("; ", failing.values()) : failure;
    }

    /** Returns what was done since the streams were opened. Never waits. */
    public VideoStats stats() {
        FragmentStore store = streams.fragments();
        return new VideoStats(store.storedFragments(), store.storedBytes(), store.failedFragments(), api.producers());
    }

    /** Tells why only a restart lets media be taken again; empty while that is not so. Never waits. */
    public String death() {
        FragmentStore store = streams.fragments();
        return store.hasFailedForGood() ? store.failure() : "";
    }

    /** Returns the documents of streams that could not be read at the start. */
    public List<DamagedDocument> damaged() {
        return streams.damaged();
    }

    @Override
    public void close() throws IOException {
        upkeep.shutdown();
        streams.close();
        readers.shutdown();
        blocking.shutdown();
    }

    /** Work of the background that may fail on the disk. */
    @FunctionalInterface
    private interface Chore {
        void run() throws IOException;
    }

    private void every(String name, long seconds, Chore chore) {
        upkeep.scheduleWithFixedDelay(
                () -> {
                    try {
                        chore.run();
                        failing.remove(name);
                    } catch (IOException | RuntimeException e) { // the outermost frame of a chore
                        LOG.error("the upkeep of video streams failed: {}", name, e);
                        failing.put(name, name + ": " + e.getMessage());
                    } catch (Error e) { // which a timer would keep to itself
                        Thread thread = Thread.currentThread();
                        thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
                        throw e;
                    }
                },
                seconds,
                seconds,
                TimeUnit.SECONDS);
    }

    /** A pool that drops what comes after its end: clients that are still connected then are cut off anyway. */
    private static ExecutorService pool(String name, int size) {
        return new ThreadPoolExecutor(
                size,
                size,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                DaemonThreads.named(name),
                new ThreadPoolExecutor.DiscardPolicy());
    }
}
