package io.millrace.video.streams;

import io.millrace.protocol.state.DocumentKeys;
import io.millrace.protocol.state.DocumentStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Keeps the descriptions of streams as durable documents, one a stream. Calls come under the lock of {@link VideoStreams}. */
final class StreamDocuments {
    private static final String COUNTER_KEY = "next-id";
    private static final int MOST_PLAIN_CHARS = 128;
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final DocumentStore store;
    private long nextId = 1;

    StreamDocuments(DocumentStore store) {
        this.store = store;
    }

    List<VideoStream> load() throws IOException {
        List<VideoStream> streams = new ArrayList<>();
        for (Map.Entry<String, byte[]> document : store.readAll().entrySet()) {
            try {
                if (document.getKey().equals(COUNTER_KEY)) {
                    nextId = MAPPER.readValue(document.getValue(), Long.class);
                } else {
                    streams.add(MAPPER.readValue(document.getValue(), VideoStream.class));
                }
            } catch (JacksonException e) {
                throw new IOException("the description of stream %s is damaged".formatted(document.getKey()), e);
            }
        }
        return streams;
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
