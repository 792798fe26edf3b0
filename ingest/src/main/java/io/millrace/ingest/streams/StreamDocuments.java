package io.millrace.ingest.streams;

import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.json.JsonMapper;

/**
 * Keeps the descriptions of streams as durable documents, one a stream. Calls come under the lock of {@link Streams}.
 */
final class StreamDocuments {
    private static final String COUNTER_KEY = "next-log-number";
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final DocumentStore store;
    /** Written while it is loaded only. */
    private final Map<String, DamagedDocument> damaged = new ConcurrentHashMap<>();

    private long nextLogNumber;

    StreamDocuments(DocumentStore store) {
        this.store = store;
    }

    /**
     * Returns the streams whose descriptions can be read.
     *
     * @param logNumbers of every shard in the log, also of those whose description is damaged
     */
    List<Stream> load(Set<Long> logNumbers) throws IOException {
        DocumentStore.Loaded<Object> loaded = store.load(StreamDocuments::parse);
        List<Stream> streams = new ArrayList<>();
        nextLogNumber = 0;
        for (Object document : loaded.documents().values()) {
            if (document instanceof Stream stream) {
                streams.add(stream);
                stream.shards().forEach(shard -> countBehind(shard.logNumber()));
            } else if (document instanceof Long counted) {
                nextLogNumber = Math.max(nextLogNumber, counted);
            }
        }
        logNumbers.forEach(this::countBehind);
        loaded.damaged().forEach(document -> damaged.put(document.key(), document));
        return streams;
    }

    private void countBehind(long logNumber) {
        nextLogNumber = Math.max(nextLogNumber, logNumber + 1);
    }

    /** @throws RuntimeException if the document is no description of a stream */
    private static Object parse(String key, byte[] content) {
        if (key.equals(COUNTER_KEY)) {
            return MAPPER.readValue(content, Long.class);
        }
        Stream stream = MAPPER.readValue(content, Stream.class);
        Objects.requireNonNull(stream.name());
        Objects.requireNonNull(stream.shards());
        return stream;
    }

    /** Returns the documents that cannot be read. */
    List<DamagedDocument> damaged() {
        return List.copyOf(damaged.values());
    }

    /** Returns why a stream is not known although it has a document. */
    Optional<DamagedDocument> damageOf(StreamKey key) {
        return Optional.ofNullable(damaged.get(idOf(key)));
    }

    void save(Stream stream) {
        put(idOf(stream.key()), stream);
    }

    void delete(StreamKey key) {
        try {
            store.delete(idOf(key));
        } catch (IOException e) {
            throw new UncheckedIOException(String.format(Locale.ROOT, "stream %s: cannot be deleted", key.name()), e);
        }
    }

    /** Reserves numbers in the shard log that were never used and returns the first. */
    long reserveLogNumbers(int count) {
        long first = nextLogNumber;
        nextLogNumber += count;
        put(COUNTER_KEY, nextLogNumber);
        return first;
    }

    private void put(String key, Object document) {
        try {
            store.put(key, MAPPER.writeValueAsBytes(document));
        } catch (IOException e) {
            throw new UncheckedIOException(String.format(Locale.ROOT, "document %s: cannot be written", key), e);
        }
    }

    private static String idOf(StreamKey key) {
        return String.format(
                Locale.ROOT,
                "%s.%s.%s",
                key.namespace().account(),
                key.namespace().region(),
                key.name());
    }
}
