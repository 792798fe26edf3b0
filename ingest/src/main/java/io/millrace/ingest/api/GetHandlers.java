package io.millrace.ingest.api;

import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.ShardIterators;
import io.millrace.ingest.streams.ShardIterators.Position;
import io.millrace.ingest.streams.StartPosition;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.CallContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;

/** {@code GetShardIterator} and {@code GetRecords}. An empty shard answers at once. */
final class GetHandlers {
    private static final int MAX_RECORDS = 10_000;
    private static final long MAX_BYTES = 10L * 1024 * 1024;

    private final RecordStore records;
    private final ShardIterators iterators;
    private final Streams streams;
    private final StreamRefs refs;
    private final Executor blocking;

    GetHandlers(RecordStore records, ShardIterators iterators, Streams streams, StreamRefs refs, Executor blocking) {
        this.records = records;
        this.iterators = iterators;
        this.streams = streams;
        this.refs = refs;
        this.blocking = blocking;
    }

    CompletionStage<GetShardIteratorResponse> shardIterator(GetShardIteratorRequest request, CallContext call) {
        Stream stream = refs.stream(request.streamName(), request.streamARN(), call);
        ShardInfo shard = stream.shard(request.shardId());
        StartPosition position = ShardShapes.position(
                request.shardIteratorTypeAsString(), request.startingSequenceNumber(), request.timestamp());
        return CompletableFuture.supplyAsync(
                () -> GetShardIteratorResponse.builder()
                        .shardIterator(iteratorAt(stream, shard, resolve(stream, shard, position)))
                        .build(),
                blocking);
    }

    private long resolve(Stream stream, ShardInfo shard, StartPosition position) {
        try {
            return records.resolve(stream, shard, position);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    CompletionStage<GetRecordsResponse> records(GetRecordsRequest request, CallContext call) {
        Position position = iterators.open(request.shardIterator());
        Stream stream = streams.get(position.stream());
        if (stream.createdEpochMillis() != position.streamCreatedEpochMillis()
                || position.shardIndex() >= stream.shards().size()) {
            throw StreamErrors.streamNotFound(position.stream());
        }
        ShardInfo shard = stream.shards().get(position.shardIndex());
        int limit = request.limit() == null ? MAX_RECORDS : request.limit();
        return CompletableFuture.supplyAsync(() -> read(stream, shard, position.offset(), limit), blocking);
    }

    private GetRecordsResponse read(Stream stream, ShardInfo shard, long offset, int limit) {
        try {
            RecordStore.Batch batch = records.read(shard, offset, limit, MAX_BYTES);
            return GetRecordsResponse.builder()
                    .records(ShardShapes.records(shard, batch.records()))
                    .nextShardIterator(iteratorAt(stream, shard, batch.nextOffset()))
                    .millisBehindLatest(batch.millisBehindLatest())
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String iteratorAt(Stream stream, ShardInfo shard, long offset) {
        return iterators.seal(new Position(stream.key(), stream.createdEpochMillis(), shard.index(), offset));
    }
}
