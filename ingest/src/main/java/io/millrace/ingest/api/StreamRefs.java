package io.millrace.ingest.api;

import io.millrace.ingest.streams.Consumer;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.arn.Arn;
import io.millrace.protocol.arn.Namespace;
import org.jspecify.annotations.Nullable;

/** Finds what a call speaks of, by name or by ARN. Stateless. */
final class StreamRefs {
    private static final String STREAM_PREFIX = "stream/";
    private static final String CONSUMER_INFIX = "/consumer/";

    private final Streams streams;

    StreamRefs(Streams streams) {
        this.streams = streams;
    }

    /** A consumer and the stream it belongs to. */
    record ConsumerRef(Stream stream, Consumer consumer) {}

    Stream stream(@Nullable String name, @Nullable String arn, CallContext call) {
        return streams.get(key(name, arn, call.namespace()));
    }

    StreamKey key(@Nullable String name, @Nullable String arn, Namespace namespace) {
        if (arn != null) {
            StreamKey key = keyOfArn(arn);
            if (name != null && !name.equals(key.name())) {
                throw StreamErrors.invalidArgument("StreamName %s and StreamARN %s do not match.".formatted(name, arn));
            }
            return key;
        }
        if (name == null) {
            throw StreamErrors.invalidArgument("Either StreamName or StreamARN must be specified.");
        }
        return new StreamKey(namespace, name);
    }

    static StreamKey keyOfArn(String text) {
        Arn arn = Arn.parse(text)
                .filter(a -> a.service().equals("kinesis") && a.resource().startsWith(STREAM_PREFIX))
                .orElseThrow(() -> StreamErrors.invalidArgument("StreamARN %s is not valid.".formatted(text)));
        String name = arn.resource().substring(STREAM_PREFIX.length());
        int slash = name.indexOf('/');
        return new StreamKey(arn.namespace(), slash < 0 ? name : name.substring(0, slash));
    }

    /** Finds a consumer by its ARN, or by its name and the ARN of its stream. */
    ConsumerRef consumer(@Nullable String consumerArn, @Nullable String name, @Nullable String streamArn) {
        if (consumerArn != null) {
            Stream stream = streams.get(keyOfArn(consumerArn));
            return new ConsumerRef(
                    stream,
                    stream.consumers().stream()
                            .filter(consumer -> consumer.arn(stream.key()).equals(consumerArn))
                            .findFirst()
                            .orElseThrow(() -> StreamErrors.consumerNotFound(nameInArn(consumerArn), stream.key())));
        }
        if (name == null || streamArn == null) {
            throw StreamErrors.invalidArgument(
                    "Either ConsumerARN or both ConsumerName and StreamARN must be specified.");
        }
        Stream stream = streams.get(keyOfArn(streamArn));
        return new ConsumerRef(
                stream, stream.consumer(name).orElseThrow(() -> StreamErrors.consumerNotFound(name, stream.key())));
    }

    private static String nameInArn(String consumerArn) {
        int infix = consumerArn.indexOf(CONSUMER_INFIX);
        int colon = consumerArn.lastIndexOf(':');
        return infix < 0 || colon < infix ? consumerArn : consumerArn.substring(infix + CONSUMER_INFIX.length(), colon);
    }
}
