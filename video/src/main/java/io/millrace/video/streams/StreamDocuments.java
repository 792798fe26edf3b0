package io.millrace.video.streams;

import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentKeys;
import io.millrace.durable.documents.DocumentStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.json.JsonMapper;

/**
 * Keeps the descriptions of streams as durable documents, one a stream. Calls come under the lock of
 * {@link VideoStreams}.
 */
final class StreamDocuments {
    private static final String COUNTER_KEY = "next-id";
    private static final int MOST_PLAIN_CHARS = 128;
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final DocumentStore store;
    /** Written while it is loaded only. */
    private final Map<String, DamagedDocument> damaged = new ConcurrentHashMap<>();

    private long nextId = 1;

    StreamDocuments(DocumentStore store) {
        this.store = store;
    }

    /**
     * Returns the streams whose descriptions can be read.
     *
     * @param keptIds of the streams that the fragment store holds something of
     */
    List<VideoStream> load(Set<Long> keptIds) throws IOException {
        DocumentStore.Loaded<Object> loaded = store.load(StreamDocuments::parse);
        List<VideoStream> streams = new ArrayList<>();
        for (Object document : loaded.documents().values()) {
            if (document instanceof VideoStream stream) {
                streams.add(stream);
                nextId = Math.max(nextId, stream.id() + 1);
            } else if (document instanceof Long counted) {
                nextId = Math.max(nextId, counted);
            }
        }
        for (long id : keptIds) {
            nextId = Math.max(nextId, id + 1);
        }
        loaded.damaged().forEach(document -> damaged.put(document.key(), document));
        return streams;
    }

    /** @throws RuntimeException if the document is no description of a stream */
    private static Object parse(String key, byte[] content) {
        if (key.equals(COUNTER_KEY)) {
            return MAPPER.readValue(content, Long.class);
        }
        VideoStream stream = MAPPER.readValue(content, VideoStream.class);
        Objects.requireNonNull(stream.name());
        Objects.requireNonNull(stream.settings());
        return stream;
    }

    /** Returns the documents that cannot be read. */
    List<DamagedDocument> damaged() {
        return List.copyOf(damaged.values());
    }

    /** Returns why a stream is not known although it has a document. */
    Optional<DamagedDocument> damageOf(StreamKey key) {
        return Optional.ofNullable(damaged.get(documentOf(key)));
    }

    void save(VideoStream stream) throws IOException {
        store.put(documentOf(stream.key()), MAPPER.writeValueAsBytes(stream));
    }

    void delete(StreamKey key) throws IOException {
        store.delete(documentOf(key));
    }

    /** Returns a number that no stream ever had. */
    long reserveId() throws IOException {
        store.put(COUNTER_KEY, MAPPER.writeValueAsBytes(nextId + 1));
        return nextId++;
    }

    /** A stream's name alone may be longer than a file's name can be. */
    private static String documentOf(StreamKey key) {
        String account = key.namespace().account();
        String region = key.namespace().region();
        return key.name().length() > MOST_PLAIN_CHARS
                ? DocumentKeys.of("stream", account, region, key.name())
                : String.join(".", account, region, key.name());
    }
}
