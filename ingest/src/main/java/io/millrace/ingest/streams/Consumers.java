package io.millrace.ingest.streams;

import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;

/** The registered consumers of streams and the changes of their state. Thread-safe. */
public final class Consumers {
    private final Streams streams;
    private final InstantSource clock;

    public Consumers(Streams streams, InstantSource clock) {
        this.streams = streams;
        this.clock = clock;
    }

    /** Registers a consumer, which is CREATING for a moment. */
    public StreamConsumer register(StreamKey key, String name, Map<String, String> tags) {
        StreamConsumer consumer =
                new StreamConsumer(name, clock.millis() / 1000, StreamConsumer.Status.CREATING, tags, null);
        streams.update(key, stream -> {
            if (stream.consumer(name).isPresent()) {
                throw StreamErrors.resourceInUse(String.format(
                        Locale.ROOT,
                        "Consumer %s under stream %s already exists for account %s.",
                        name,
                        key.name(),
                        key.namespace().account()));
            }
            streams.limits().refuseConsumer(stream, name);
            return stream.with(draft -> draft.put(consumer));
        });
        streams.later(() -> settle(streams, key, consumer));
        return consumer;
    }

    /** Begins to remove a consumer, which is DELETING for a moment. */
    public void deregister(StreamKey key, String name) {
        StreamConsumer deleting = streams.get(key)
                .consumer(name)
                .orElseThrow(() -> StreamErrors.consumerNotFound(name, key))
                .with(StreamConsumer.Status.DELETING);
        streams.change(
                key,
                stream -> stream.consumer(name)
                        .filter(deleting::isSameAs)
                        .map(found -> stream.with(draft -> draft.put(found.with(deleting.status()))))
                        .orElse(stream));
        streams.later(() -> settle(streams, key, deleting));
    }

    /** Ends the passing state of a consumer. */
    static void settle(Streams streams, StreamKey key, StreamConsumer passing) {
        streams.change(key, stream -> {
            StreamConsumer now = stream.consumer(passing.name()).orElse(null);
            if (now == null || !now.isSameAs(passing) || now.status() != passing.status()) {
                return stream;
            }
            return switch (now.status()) {
                case CREATING -> stream.with(draft -> draft.put(now.with(StreamConsumer.Status.ACTIVE)));
                case DELETING -> stream.with(draft -> draft.remove(now.name()));
                case ACTIVE -> stream;
            };
        });
    }
}
