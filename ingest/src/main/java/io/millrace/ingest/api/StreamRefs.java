package io.millrace.ingest.api;

import io.millrace.ingest.streams.Distribution;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamConsumer;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.StreamStatus;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.OwnResources;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Arn;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a call speaks of, by name or by ARN: nothing but what is of the caller's own account and region.
 * Stateless.
 */
final class StreamRefs {
    private static final String STREAM_PREFIX = "stream/";
    private static final String CONSUMER_INFIX = "/consumer/";

    private static final OwnResources OWN = new OwnResources("kinesis", STREAM_PREFIX, new OwnResources.Refusals() {
        @Override
        public ServiceException malformed(String text) {
            return invalidArn(text);
        }

        @Override
        public ServiceException denied(String message) {
            return StreamErrors.accessDenied(message);
        }

        @Override
        public ServiceException notFound(Arn arn) {
            String name = arn.resource().substring(STREAM_PREFIX.length());
            int slash = name.indexOf('/');
            return StreamErrors.streamNotFound(
                    new StreamKey(arn.namespace(), slash < 0 ? name : name.substring(0, slash)));
        }
    });

    private final Streams streams;

    StreamRefs(Streams streams) {
        this.streams = streams;
    }

    /** A consumer and the stream it belongs to. */
    record ConsumerRef(Stream stream, StreamConsumer consumer) {}

    Stream stream(@Nullable String name, @Nullable String arn, CallContext call) {
        return streams.get(key(name, arn, call));
    }

    /** Tells whether a stream distributes its records in equal parts; not if a call speaks of none that is there. */
    boolean isSpread(@Nullable String name, @Nullable String arn, CallContext call) {
        StreamKey key;
        try {
            key = key(name, arn, call);
        } catch (ServiceException e) { // is said when the whole input has been looked at
            return false;
        }
        return streams.find(key)
                .filter(stream -> stream.distribution() == Distribution.AUTO)
                .isPresent();
    }

    /**
     * Finds a stream by name or by ARN that was created at a time.
     *
     * @param created to the second, as clients show it; absent for whatever stream has the name
     * @throws ServiceException if the stream of that name is another one, created later
     */
    Stream streamOf(@Nullable String name, @Nullable String arn, @Nullable Instant created, CallContext call) {
        Stream stream = stream(name, arn, call);
        if (created != null && created.getEpochSecond() != Math.floorDiv(stream.createdEpochMillis(), 1000)) {
            throw StreamErrors.streamNotFound(stream.key());
        }
        return stream;
    }

    StreamKey key(@Nullable String name, @Nullable String arn, CallContext call) {
        if (arn != null) {
            StreamKey key = keyOf(arn, call);
            if (name != null && !name.equals(key.name())) {
                throw StreamErrors.invalidArgument(
                        String.format(Locale.ROOT, "StreamName %s and StreamARN %s do not match.", name, arn));
            }
            return key;
        }
        if (name == null) {
            throw StreamErrors.invalidArgument("Either StreamName or StreamARN must be specified.");
        }
        return new StreamKey(call.namespace(), name);
    }

    /** Reads the ARN of a stream; what names something below a stream, such as a consumer, is none. */
    static StreamKey keyOf(String arn, CallContext call) {
        String name = OWN.nameIn(arn, call);
        if (name.indexOf('/') >= 0) {
            throw invalidArn(arn);
        }
        return new StreamKey(call.namespace(), name);
    }

    /** Reads the stream in the ARN of a consumer. */
    private static StreamKey streamOfConsumer(String consumerArn, CallContext call) {
        String name = OWN.nameIn(consumerArn, call);
        int infix = name.indexOf(CONSUMER_INFIX);
        if (infix < 0) {
            throw StreamErrors.invalidArgument(String.format(Locale.ROOT, "ConsumerARN %s is not valid.", consumerArn));
        }
        return new StreamKey(call.namespace(), name.substring(0, infix));
    }

    private static ServiceException invalidArn(String text) {
        return StreamErrors.invalidArgument(String.format(Locale.ROOT, "StreamARN %s is not valid.", text));
    }

    /**
     * @throws io.millrace.protocol.api.ServiceException if the stream of an iterator is not one that its sender may
     *     read
     */
    static void refuseOthers(StreamKey stream, CallContext call) {
        OWN.refuseOthers(stream.namespace(), stream.arn(), call);
        if (!stream.namespace().equals(call.namespace())) {
            throw StreamErrors.invalidArgument("Invalid ShardIterator."); // no region opens what another has sealed
        }
    }

    /** Refuses the ARN that a call names beside an iterator, unless it is that of the iterator's stream. */
    static void refuseOthers(@Nullable String arn, StreamKey iterated, CallContext call) {
        if (arn != null && !keyOf(arn, call).equals(iterated)) {
            throw StreamErrors.invalidArgument(
                    String.format(Locale.ROOT, "StreamARN %s does not match the ShardIterator.", arn));
        }
    }

    /**
     * Finds the stream of a shard that is to be read. AWS says nothing of a missing stream, only of the shard; and a
     * stream that is CREATING has none yet.
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
            Stream stream = streams.get(streamOfConsumer(consumerArn, call));
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
        Stream stream = streams.get(keyOf(streamArn, call));
        return new ConsumerRef(
                stream, stream.consumer(name).orElseThrow(() -> StreamErrors.consumerNotFound(name, stream.key())));
    }

    /** Finds a stream or a consumer by its ARN. */
    Resource resource(String arn, CallContext call) {
        if (arn.contains(CONSUMER_INFIX)) {
            ConsumerRef ref = consumer(arn, null, null, call);
            return new Resource(ref.stream().key(), ref.consumer().name());
        }
        return new Resource(streams.get(keyOf(arn, call)).key(), null);
    }

    private static String nameInArn(String consumerArn) {
        int infix = consumerArn.indexOf(CONSUMER_INFIX);
        int colon = consumerArn.lastIndexOf(':');
        return infix < 0 || colon < infix ? consumerArn : consumerArn.substring(infix + CONSUMER_INFIX.length(), colon);
    }
}
