package io.millrace.ingest.streams;

import io.millrace.protocol.state.DocumentStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Keeps the descriptions of streams as durable documents, one a stream. Calls come under the lock of {@link Streams}. */
final class StreamDocuments {
    private static final String COUNTER_KEY = "next-log-number";
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final DocumentStore store;
    private long nextLogNumber;

    StreamDocuments(DocumentStore store) {
        this.store = store;
    }

    List<Stream> load() throws IOException {
        List<Stream> streams = new ArrayList<>();
        long counted = 0;
        for (Map.Entry<String, byte[]> document : store.readAll().entrySet()) {
            try {
                if (document.getKey().equals(COUNTER_KEY)) {
                    counted = MAPPER.readValue(document.getValue(), Long.class);
                } else {
                    streams.add(MAPPER.readValue(document.getValue(), Stream.class));
                }
            } catch (JacksonException e) {
                throw new IOException("the description of stream %s is damaged".formatted(document.getKey()), e);
            }
        }
        long behindAll = streams.stream()
                .flatMap(stream -> stream.shards().stream())
                .mapToLong(shard -> shard.logNumber() + 1)
                .max()
                .orElse(0);
        nextLogNumber = Math.max(counted, behindAll);
        return streams;
    }

    void save(Stream stream) {
        put(idOf(stream.key()), stream);
    }

    void delete(StreamKey key) {
        try {
            store.delete(idOf(key));
        } catch (IOException e) {
            throw new UncheckedIOException("stream %s: cannot be deleted".formatted(key.name()), e);
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
            throw new UncheckedIOException("document %s: cannot be written".formatted(key), e);
        }
    }

    private static String idOf(StreamKey key) {
        return "%s.%s.%s".formatted(key.namespace().account(), key.namespace().region(), key.name());
    }
}
