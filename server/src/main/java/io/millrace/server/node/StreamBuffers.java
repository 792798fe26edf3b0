package io.millrace.server.node;

import io.millrace.firehose.control.RecordBuffers;
import io.millrace.ingest.streams.RecordSource;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.arn.Arn;
import io.millrace.protocol.arn.Namespace;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** Gives Firehose the node's own streams. */
final class StreamBuffers implements RecordBuffers {
    private static final int SHARDS = 1;

    private final Streams streams;
    private final RecordStore records;

    StreamBuffers(Streams streams, RecordStore records) {
        this.streams = streams;
        this.records = records;
    }

    @Override
    public String create(String name) {
        return streams.createInternal(key(name), SHARDS).arn();
    }

    @Override
    public void delete(String name) {
        if (streams.find(key(name)).isPresent()) {
            streams.delete(key(name), true);
        }
    }

    @Override
    public boolean exists(String streamArn, Namespace caller) {
        Optional<Arn> arn = Arn.parse(streamArn);
        return arn.isPresent()
                && arn.get().service().equals("kinesis")
                && arn.get().namespace().account().equals(caller.account())
                && arn.get().resource().startsWith("stream/")
                && streams.find(new StreamKey(
                                arn.get().namespace(), arn.get().resource().substring("stream/".length())))
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

    private static StreamKey key(String name) {
        return new StreamKey(Namespace.DEFAULT, name);
    }
}
