package io.millrace.firehose.control;

import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentStore;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import tools.jackson.databind.json.JsonMapper;

/** The delivery streams of a node, durable before a change returns. Thread-safe; changes hold the monitor. */
final class DeliveryStreams {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final int MAX_STREAMS = 5_000;

    private record Key(Namespace namespace, String name) {}

    private final DocumentStore store;
    private final Map<Key, DeliveryStream> streams = new ConcurrentHashMap<>();
    private final Map<String, DamagedDocument> damaged = new ConcurrentHashMap<>();

    private DeliveryStreams(DocumentStore store) {
        this.store = store;
    }

    static DeliveryStreams open(DocumentStore store) throws IOException {
        DeliveryStreams opened = new DeliveryStreams(store);
        DocumentStore.Loaded<DeliveryStream> loaded = store.load(DeliveryStreams::parse);
        for (DeliveryStream stream : loaded.documents().values()) {
            opened.streams.put(new Key(stream.namespace(), stream.name()), stream);
        }
        loaded.damaged().forEach(document -> opened.damaged.put(document.key(), document));
        return opened;
    }

    /** @throws RuntimeException if the document is no description of a stream */
    private static DeliveryStream parse(String key, byte[] content) {
        DeliveryStream stream = MAPPER.readValue(content, DeliveryStream.class);
        Objects.requireNonNull(stream.name());
        Objects.requireNonNull(stream.namespace());
        return stream;
    }

    /**
     * Returns the documents that cannot be read. Such a stream's job goes on; the stream can be neither used nor made
     * anew.
     */
    List<DamagedDocument> damaged() {
        return List.copyOf(damaged.values());
    }

    private void refuseDamaged(Namespace namespace, String name) {
        DamagedDocument document = damaged.get(documentOf(namespace, name));
        if (document != null) {
            throw ServiceException.damaged(document);
        }
    }

    DeliveryStream get(Namespace namespace, String name) {
        DeliveryStream stream = streams.get(new Key(namespace, name));
        if (stream == null) {
            refuseDamaged(namespace, name);
            throw FirehoseErrors.notFound(name, namespace);
        }
        return stream;
    }

    List<DeliveryStream> list(Namespace namespace) {
        return streams.values().stream()
                .filter(stream -> stream.namespace().equals(namespace))
                .sorted(Comparator.comparing(DeliveryStream::name))
                .toList();
    }

    List<DeliveryStream> all() {
        return List.copyOf(streams.values());
    }

    synchronized void add(DeliveryStream stream) {
        refuseDamaged(stream.namespace(), stream.name());
        if (streams.containsKey(new Key(stream.namespace(), stream.name()))) {
            throw FirehoseErrors.exists(stream.name(), stream.namespace());
        }
        if (list(stream.namespace()).size() >= MAX_STREAMS) {
            throw FirehoseErrors.limitExceeded(stream.namespace());
        }
        put(stream);
    }

    /** Replaces a stream unless it has been removed since, or created anew: then the change is too late. */
    synchronized boolean update(DeliveryStream stream) {
        boolean current = isCurrent(stream);
        if (current) {
            put(stream);
        }
        return current;
    }

    /** Changes a stream as it is now. Returns whether it is there still. */
    synchronized boolean change(Namespace namespace, String name, UnaryOperator<DeliveryStream> change) {
        return update(change.apply(get(namespace, name)));
    }

    private boolean isCurrent(DeliveryStream stream) {
        DeliveryStream now = streams.get(new Key(stream.namespace(), stream.name()));
        return now != null && now.createdEpochMillis() == stream.createdEpochMillis();
    }

    private void put(DeliveryStream stream) {
        try {
            store.put(documentOf(stream), MAPPER.writeValueAsBytes(stream));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    String.format(Locale.ROOT, "delivery stream %s: cannot be written", stream.name()), e);
        }
        streams.put(new Key(stream.namespace(), stream.name()), stream);
    }

    /** Removes a stream, but not one of the same name that was created since. */
    synchronized void remove(DeliveryStream stream) {
        if (!isCurrent(stream)) {
            return;
        }
        try {
            store.delete(documentOf(stream));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    String.format(Locale.ROOT, "delivery stream %s: cannot be deleted", stream.name()), e);
        }
        streams.remove(new Key(stream.namespace(), stream.name()));
    }

    private static String documentOf(DeliveryStream stream) {
        return documentOf(stream.namespace(), stream.name());
    }

    private static String documentOf(Namespace namespace, String name) {
        return namespace.account() + "." + namespace.region() + "." + name;
    }
}
