package io.millrace.ingest.api;

import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamConsumer;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.StreamStatus;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.arn.Arn;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a call speaks of, by name or by ARN. What is of another account is refused to every caller: policies, which
 * might allow it, are not evaluated. Stateless.
 */
final class StreamRefs {
    private static final String STREAM_PREFIX = "stream/";
    private static final String CONSUMER_INFIX = "/consumer/";

    private final Streams streams;

    StreamRefs(Streams streams) {
        this.streams = streams;
    }

    /** A consumer and the stream it belongs to. */
    record ConsumerRef(Stream stream, StreamConsumer consumer) {}

    Stream stream(@Nullable String name, @Nullable String arn, CallContext call) {
        return streams.get(key(name, arn, call));
    }

    StreamKey key(@Nullable String name, @Nullable String arn, CallContext call) {
        if (arn != null) {
            StreamKey key = allowed(arn, call);
            if (name != null && !name.equals(key.name())) {
                throw StreamErrors.invalidArgument("StreamName %s and StreamARN %s do not match.".formatted(name, arn));
            }
            return key;
        }
        if (name == null) {
            throw StreamErrors.invalidArgument("Either StreamName or StreamARN must be specified.");
        }
        return new StreamKey(call.namespace(), name);
    }

    private static StreamKey allowed(String arn, CallContext call) {
        StreamKey key = keyOfArn(arn);
        refuseOthers(key, call);
        return key;
    }

    static StreamKey keyOfArn(String text) {
        Arn arn = Arn.parse(text)
                .filter(a -> a.service().equals("kinesis") && a.resource().startsWith(STREAM_PREFIX))
                .orElseThrow(() -> StreamErrors.invalidArgument("StreamARN %s is not valid.".formatted(text)));
        String name = arn.resource().substring(STREAM_PREFIX.length());
        int slash = name.indexOf('/');
        return new StreamKey(arn.namespace(), slash < 0 ? name : name.substring(0, slash));
    }

    /** @throws io.millrace.protocol.api.ServiceException if a stream is of another account than the caller */
    static void refuseOthers(StreamKey stream, CallContext call) {
        String account = call.namespace().account();
        if (!stream.namespace().account().equals(account)) {
            String target = String.valueOf(call.head().header("X-Amz-Target"));
            throw StreamErrors.accessDenied(account, target.substring(target.lastIndexOf('.') + 1), stream.arn());
        }
    }

    /**
     * Finds the stream of a shard that is to be read. AWS says nothing of a missing stream, only of the shard; and a stream
     * that is CREATING has none yet.
     */
    Stream toRead(StreamKey key, String shardId) {
        return streams.find(key)
                .filter(stream -> stream.status() != StreamStatus.CREATING)
                .orElseThrow(() -> StreamErrors.shardNotFound(key, shardId));
    }

    /** Finds the stream of shards that are to be changed, and these in it. */
    Stream toReshard(StreamKey key, String... shardIds) {
        Stream stream = streams.get(key);
        for (String id : shardIds) {
            if (stream.shardAt(ShardInfo.indexOf(id)) == null) {
                throw StreamErrors.couldNotFindShard(key, id);
            }
        }
        return stream;
    }

    /**
     * Returns the full id of a shard that may be there, for an id of which AWS takes the number alone, with any prefix.
     * What can be none is refused before the stream is looked for.
     */
    static String shardId(StreamKey stream, String shardId) {
        String digits = shardId.substring(shardId.indexOf('-') + 1);
        try {
            int index = Integer.parseInt(digits);
            if (index >= 0 && Character.isDigit(digits.charAt(0))) {
                return ShardInfo.idOf(index);
            }
        } catch (NumberFormatException e) {
            throw StreamErrors.couldNotFindShard(stream, shardId);
        }
        throw StreamErrors.couldNotFindShard(stream, shardId);
    }

    /** Finds a consumer by its ARN, or by its name and the ARN of its stream. */
    ConsumerRef consumer(
            @Nullable String consumerArn, @Nullable String name, @Nullable String streamArn, CallContext call) {
        if (consumerArn != null) {
            Stream stream = streams.get(allowed(consumerArn, call));
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
        Stream stream = streams.get(allowed(streamArn, call));
        return new ConsumerRef(
                stream, stream.consumer(name).orElseThrow(() -> StreamErrors.consumerNotFound(name, stream.key())));
    }

    /** Finds a stream or a consumer by its ARN. */
    Resource resource(String arn, CallContext call) {
        if (arn.contains(CONSUMER_INFIX)) {
            ConsumerRef ref = consumer(arn, null, null, call);
            return new Resource(ref.stream().key(), ref.consumer().name());
        }
        return new Resource(streams.get(allowed(arn, call)).key(), null);
    }

    private static String nameInArn(String consumerArn) {
        int infix = consumerArn.indexOf(CONSUMER_INFIX);
        int colon = consumerArn.lastIndexOf(':');
        return infix < 0 || colon < infix ? consumerArn : consumerArn.substring(infix + CONSUMER_INFIX.length(), colon);
    }
}
