package io.millrace.server.node;

import io.millrace.firehose.control.Delivery;
import io.millrace.firehose.control.RecordBuffers;
import io.millrace.firehose.control.SourceKey;
import io.millrace.ingest.streams.RecordSource;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.arn.Arn;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.auth.AccessKey;
import io.millrace.protocol.auth.ReservedNamespace;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Gives Firehose the node's own streams. They lie in a namespace that no caller but the delivery jobs can name. Only
 * those of delivery streams that earlier versions have made stay where they are, in the default account, since their
 * jobs read them there.
 */
final class StreamBuffers implements RecordBuffers {
    private static final String STREAM_PREFIX = "stream/";
    private static final int SHARDS = 1;
    /** How the names of earlier versions begin; the others begin with an account. */
    private static final String EARLIER = "firehose.";

    private final Streams streams;
    private final RecordStore records;
    private final SourceKey jobsKey;

    /** @param jobsKey of the only caller of these streams */
    StreamBuffers(Streams streams, RecordStore records, AccessKey jobsKey) {
        this.streams = streams;
        this.records = records;
        this.jobsKey = new SourceKey(jobsKey.id(), jobsKey.secret());
    }

    @Override
    public String create(String name) {
        return streams.createInternal(key(name), SHARDS).arn();
    }

    @Override
    public @Nullable SourceKey keyOf(String name) {
        return name.startsWith(EARLIER) ? null : jobsKey;
    }

    @Override
    public void delete(String name) {
        if (streams.find(key(name)).isPresent()) {
            streams.delete(key(name), true);
        }
    }

    @Override
    public boolean exists(String streamArn, Namespace caller) {
        return Arn.parse(streamArn)
                .filter(arn -> arn.service().equals("kinesis")
                        && arn.partition().equals(caller.partition())
                        && arn.namespace().equals(caller)
                        && arn.resource().startsWith(STREAM_PREFIX))
                .flatMap(
                        arn -> streams.find(new StreamKey(caller, arn.resource().substring(STREAM_PREFIX.length()))))
                .filter(stream -> !stream.internal())
                .isPresent();
    }

    @Override
    public CompletionStage<List<String>> put(String name, List<byte[]> data) {
        Stream stream = streams.get(key(name));
        String partitionKey = Long.toHexString(ThreadLocalRandom.current().nextLong());
        List<RecordSource.Single> singles = data.stream()
                .map(bytes -> RecordSource.Single.of(partitionKey, null, bytes))
                .toList();
        return records.put(stream, RecordSource.of(singles))
                .thenApply(placement -> IntStream.range(0, placement.count())
                        .mapToObj(placement::sequenceNumber)
                        .toList());
    }

    /** Returns which stream a delivery reads; nothing if its description names none. */
    static Optional<StreamKey> keyOf(Delivery delivery) {
        if (!delivery.buffer().isEmpty()) {
            return Optional.of(key(delivery.buffer()));
        }
        return Arn.parse(delivery.streamArn())
                .filter(arn -> arn.resource().startsWith(STREAM_PREFIX))
                .map(arn -> new StreamKey(arn.namespace(), arn.resource().substring(STREAM_PREFIX.length())));
    }

    private static StreamKey key(String name) {
        return new StreamKey(name.startsWith(EARLIER) ? Namespace.DEFAULT : ReservedNamespace.NAMESPACE, name);
    }
}
