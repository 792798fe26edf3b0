package io.millrace.ingest.api;

import io.millrace.ingest.codec.GetRecordsBody;
import io.millrace.ingest.codec.RecordsOutput;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.ShardIterators;
import io.millrace.ingest.streams.ShardIterators.Position;
import io.millrace.ingest.streams.StartPosition;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.ErrorRenderer;
import io.millrace.protocol.api.Operation;
import io.netty.buffer.ByteBuf;
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
    private final ReadBudget budget = new ReadBudget(Runtime.getRuntime().maxMemory() / 4);

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
        Source source = open(request.shardIterator());
        int limit = request.limit() == null ? MAX_RECORDS : request.limit();
        return CompletableFuture.supplyAsync(
                () -> {
                    RecordStore.Batch batch = read(source, limit, MAX_BYTES);
                    return GetRecordsResponse.builder()
                            .records(ShardShapes.records(source.shard(), batch.records()))
                            .nextShardIterator(iteratorAt(source.stream(), source.shard(), batch.nextOffset()))
                            .millisBehindLatest(batch.millisBehindLatest())
                            .build();
                },
                blocking);
    }

    /** GetRecords in the form that clients send nearly always, written without an object for a record. */
    Operation hotRecords(Operation generic) {
        return (call, body) -> {
            GetRecordsBody request = GetRecordsBody.decode(body, call.format());
            if (request == null) {
                generic.serve(call, body);
                return;
            }
            Source source = open(request.shardIterator());
            Integer limit = request.limit();
            blocking.execute(() -> answer(call, source, limit == null ? MAX_RECORDS : limit));
        };
    }

    private void answer(CallContext call, Source source, int limit) {
        ReadBudget.Share share = budget.take();
        try {
            RecordStore.Batch batch = read(source, limit, share.recordBytes());
            RecordsOutput output = ShardShapes.output(call.format(), source.shard(), batch.records());
            output.endGetRecords(
                    iteratorAt(source.stream(), source.shard(), batch.nextOffset()), batch.millisBehindLatest(), null);
            ByteBuf body = output.toByteBuf();
            ReadBudget.Share held = budget.shrink(share, body.readableBytes());
            share = held;
            call.exchange()
                    .answer(200, ErrorRenderer.headers(call.requestId(), call.format()), body, () -> budget.give(held));
        } catch (RuntimeException e) { // the outermost frame of a request
            budget.give(share);
            ErrorRenderer.answer(call, e);
        }
    }

    /** Where a shard iterator reads. */
    private record Source(Stream stream, ShardInfo shard, long offset) {}

    private Source open(String iterator) {
        Position position = iterators.open(iterator);
        Stream stream = streams.get(position.stream());
        if (stream.createdEpochMillis() != position.streamCreatedEpochMillis()
                || position.shardIndex() >= stream.shards().size()) {
            throw StreamErrors.streamNotFound(position.stream());
        }
        return new Source(stream, stream.shards().get(position.shardIndex()), position.offset());
    }

    private RecordStore.Batch read(Source source, int limit, long maxBytes) {
        try {
            return records.read(source.shard(), source.offset(), limit, maxBytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String iteratorAt(Stream stream, ShardInfo shard, long offset) {
        return iterators.seal(new Position(stream.key(), stream.createdEpochMillis(), shard.index(), offset));
    }
}
