package io.millrace.ingest.api;

import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamConsumer;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.Streams;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A stream or one of its consumers, as an ARN names it.
 *
 * @param consumer the name; absent for the stream itself
 */
record Resource(StreamKey stream, @Nullable String consumer) {

    Map<String, String> tagsIn(Streams streams) {
        Stream found = streams.get(stream);
        return consumer == null ? found.tags() : consumerOf(found, consumer).tags();
    }

    @Nullable
    String policyIn(Streams streams) {
        Stream found = streams.get(stream);
        return consumer == null ? found.policy() : consumerOf(found, consumer).policy();
    }

    private StreamConsumer consumerOf(Stream found, String name) {
        return found.consumer(name).orElseThrow(() -> StreamErrors.consumerNotFound(name, stream));
    }
}
