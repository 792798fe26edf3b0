package io.millrace.video.streams;

import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentStore;
import io.millrace.durable.time.ExpiryClock;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import io.millrace.video.fragments.FragmentSettings;
import io.millrace.video.fragments.FragmentStore;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a node and the store that keeps their fragments.
 *
 * <p>A stream is made in the store before its description is durable, and its description goes before its fragments do:
 * what a crash leaves in between is dropped when the store opens. Thread-safe; the lock orders changes and is held over
 * the disk, reading takes none.
 */
public final class VideoStreams implements Closeable {
    private static final String VERSION_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int VERSION_LENGTH = 20;

    private final StreamDocuments documents;
    private final FragmentStore fragments;
    private final InstantSource clock;
    private final ExpiryClock expiry;
    private final SecureRandom random = new SecureRandom();
    private final Map<StreamKey, VideoStream> streams = new ConcurrentHashMap<>();

    private VideoStreams(StreamDocuments documents, FragmentStore fragments, InstantSource clock, ExpiryClock expiry) {
        this.documents = documents;
        this.fragments = fragments;
        this.clock = clock;
        this.expiry = expiry;
    }

    /** Opens what is kept in a directory; it is created when missing. */
    public static VideoStreams open(Path directory, DiskGuard guard, FragmentSettings settings, InstantSource clock)
            throws IOException {
        return open(directory, guard, settings, clock, ExpiryClock.open(directory.resolve("expiry-clock"), clock));
    }

    /** Opens what is kept in a directory, with a clock by which fragments expire. */
    static VideoStreams open(
            Path directory, DiskGuard guard, FragmentSettings settings, InstantSource clock, ExpiryClock expiry)
            throws IOException {
        StreamDocuments documents = new StreamDocuments(DocumentStore.open(directory.resolve("streams")));
        Set<Long> kept = FragmentStore.streamsIn(directory.resolve("fragments"));
        List<VideoStream> known = documents.load(kept);
        Set<Long> persistent = known.stream()
                .filter(VideoStream::isPersistent)
                .map(VideoStream::id)
                .collect(Collectors.toSet());
        if (!documents.damaged().isEmpty()) {
            persistent.addAll(kept); // the fragments of the damaged descriptions are among them
        }
        FragmentStore fragments = FragmentStore.open(directory.resolve("fragments"), persistent, settings, guard);
        VideoStreams opened = new VideoStreams(documents, fragments, clock, expiry);
        for (VideoStream stream : known) {
            opened.streams.put(stream.key(), stream);
            if (!stream.isPersistent()) {
                fragments.createInMemory(stream.id());
            }
        }
        return opened;
    }

    public FragmentStore fragments() {
        return fragments;
    }

    /** @throws io.millrace.protocol.api.ServiceException if the stream exists */
    public synchronized VideoStream create(StreamKey key, VideoStream.Settings settings) {
        if (streams.containsKey(key)) {
            throw VideoErrors.streamExists(key);
        }
        documents.damageOf(key).ifPresent(document -> {
            throw ServiceException.damaged(document);
        });
        try {
            VideoStream stream = new VideoStream(documents.reserveId(), key, clock.millis(), newVersion(), settings);
            if (stream.isPersistent()) {
                fragments.create(stream.id());
            } else {
                fragments.createInMemory(stream.id());
            }
            documents.save(stream);
            streams.put(key, stream);
            return stream;
        } catch (IOException e) {
            throw new UncheckedIOException(String.format(Locale.ROOT, "stream %s: cannot be created", key.name()), e);
        }
    }

    /** @throws io.millrace.protocol.api.ServiceException if there is no such stream or its version is another */
    public synchronized void delete(VideoStream named, @Nullable String version) {
        StreamKey key = named.key();
        VideoStream stream = get(key);
        if (stream.id() != named.id()) { // its successor has the name by now
            throw VideoErrors.streamNotFound(key);
        }
        if (version != null && !version.equals(stream.version())) {
            throw VideoErrors.versionMismatch(version, stream.version());
        }
        try {
            documents.delete(key);
            streams.remove(key);
            fragments.delete(stream.id());
        } catch (IOException e) {
            throw new UncheckedIOException(String.format(Locale.ROOT, "stream %s: cannot be deleted", key.name()), e);
        }
    }

    public Optional<VideoStream> find(StreamKey key) {
        return Optional.ofNullable(streams.get(key));
    }

    /** @throws io.millrace.protocol.api.ServiceException if there is no such stream */
    public VideoStream get(StreamKey key) {
        return find(key)
                .orElseThrow(() -> documents
                        .damageOf(key)
                        .map(ServiceException::damaged)
                        .orElseGet(() -> VideoErrors.streamNotFound(key)));
    }

    /** Returns the documents of streams that cannot be read. */
    public List<DamagedDocument> damaged() {
        return documents.damaged();
    }

    /** Returns the streams of a namespace by name. */
    public List<VideoStream> list(Namespace namespace) {
        return streams.values().stream()
                .filter(stream -> stream.key().namespace().equals(namespace))
                .sorted(Comparator.comparing(VideoStream::name))
                .toList();
    }

    /** Drops the fragments that are older than their streams keep them. One that fails keeps no other from it. */
    public void expire() throws IOException {
        IOException failed = null;
        long now = expiry.millis();
        expiry.saveSometimes();
        for (VideoStream stream : streams.values()) {
            try {
                if (stream.isPersistent()) {
                    Duration kept = Duration.ofHours(stream.settings().retentionHours());
                    fragments.expire(stream.id(), now - kept.toMillis());
                }
            } catch (IOException e) {
                failed = new IOException(String.format(Locale.ROOT, "stream %s: %s", stream.name(), e.getMessage()), e);
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    @Override
    public void close() throws IOException {
        expiry.close();
        fragments.close();
    }

    private String newVersion() {
        StringBuilder version = new StringBuilder(VERSION_LENGTH);
        for (int i = 0; i < VERSION_LENGTH; i++) {
            version.append(VERSION_CHARS.charAt(random.nextInt(VERSION_CHARS.length())));
        }
        return version.toString();
    }
}
