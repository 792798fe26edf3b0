package io.millrace.ingest.api;

import io.millrace.durable.memory.MemoryPlan;
import io.millrace.ingest.codec.GetRecordsBody;
import io.millrace.ingest.streams.Metric;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.ShardIterators;
import io.millrace.ingest.streams.ShardIterators.Position;
import io.millrace.ingest.streams.ShardTraffic;
import io.millrace.ingest.streams.StartPosition;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.StreamMetrics;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.ErrorRenderer;
import io.millrace.protocol.api.Operation;
import io.millrace.protocol.api.ServiceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;

/** {@code GetShardIterator} and {@code GetRecords}. An empty shard answers at once. */
final class GetHandlers {
    private static final int MAX_RECORDS = 10_000;
    private static final int TRIES = 100; // to find room for a large record: two seconds
    private static final long RETRY_MILLIS = 20;

    private final RecordStore records;
    private final ShardIterators iterators;
    private final Streams streams;
    private final StreamRefs refs;
    private final KinesisApi.Threads threads;
    private final DryRuns dryRuns;
    private final InstantSource clock;
    private final ReadBudget budget;

    GetHandlers(
            KinesisApi.State state, StreamRefs refs, KinesisApi.Threads threads, DryRuns dryRuns, InstantSource clock) {
        this.records = state.records();
        this.iterators = state.iterators();
        this.streams = state.streams();
        this.refs = refs;
        this.threads = threads;
        this.dryRuns = dryRuns;
        this.clock = clock;
        this.budget = new ReadBudget(ReadBudget.Sizes.OF_ANSWERS, state.memory().bytes(MemoryPlan.Share.ANSWERS));
    }

    void addTo(AwsJsonService service) {
        service.add(
                "GetShardIterator",
                GetShardIteratorRequest::builder,
                GetShardIteratorRequest.class,
                Inputs.streamRef(Inputs.name(Constraints.none().required("ShardId"), "ShardId")
                        .required("ShardIteratorType")
                        .oneOf("ShardIteratorType", Inputs.ITERATOR_TYPES)
                        .pattern("StartingSequenceNumber", Inputs.SEQUENCE_NUMBER_PATTERN)),
                this::shardIterator);
        service.add(
                "GetRecords",
                hotRecords(Operation.reading(
                        GetRecordsRequest::builder,
                        GetRecordsRequest.class,
                        Inputs.streamArn(Constraints.none()
                                .range("Limit", 1, 10_000)
                                .required("ShardIterator")
                                .length("ShardIterator", 1, 512)),
                        this::getRecords)));
    }

    private CompletionStage<GetShardIteratorResponse> shardIterator(GetShardIteratorRequest request, CallContext call) {
        StreamKey key = refs.key(request.streamName(), request.streamARN(), call);
        String shardId = StreamRefs.shardId(key, request.shardId());
        Stream stream = refs.toRead(key, shardId);
        ShardInfo shard = stream.shard(shardId);
        StartPosition position = ShardShapes.position(
                request.shardIteratorTypeAsString(),
                request.startingSequenceNumber(),
                request.timestamp(),
                clock.millis());
        if (!Boolean.TRUE.equals(request.dryRun()) && !streams.traffic(shard).admitIterator()) {
            throw throttled(stream, shard);
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    long offset = resolve(stream, shard, position);
                    dryRuns.endIf(request.dryRun(), key);
                    return GetShardIteratorResponse.builder()
                            .shardIterator(iteratorAt(stream, shard, offset))
                            .build();
                },
                threads.reads());
    }

    private long resolve(Stream stream, ShardInfo shard, StartPosition position) {
        try {
            return records.resolve(stream, shard, position);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** GetRecords in the form that clients send nearly always is read by the hot codec. */
    private Operation hotRecords(Operation generic) {
        return (call, body) -> {
            GetRecordsBody request = GetRecordsBody.decode(body, call.format());
            if (request == null) {
                generic.serve(call, body);
            } else {
                records(call, open(request, call), request.limit());
            }
        };
    }

    private void getRecords(GetRecordsRequest request, CallContext call) {
        Source source = open(new GetRecordsBody(request.shardIterator(), request.limit(), request.streamARN()), call);
        dryRuns.endIf(request.dryRun(), source.stream().key());
        records(call, source, request.limit());
    }

    private void records(CallContext call, Source source, @Nullable Integer limit) {
        ShardTraffic traffic = streams.traffic(source.shard());
        if (!traffic.admitRead()) {
            throw throttled(source.stream(), source.shard());
        }
        threads.reads().execute(() -> answer(call, source, traffic, limit == null ? MAX_RECORDS : limit, TRIES));
    }

    private ServiceException throttled(Stream stream, ShardInfo shard) {
        streams.metrics().add(stream.key(), Metric.READ_EXCEEDED, 1);
        return ServiceException.refused(
                "ProvisionedThroughputExceededException", StreamErrors.readRateExceeded(stream.key(), shard));
    }

    /** @param tries how often to look, some time apart, whether there is room for a record that needs more than most */
    private void answer(CallContext call, Source source, ShardTraffic traffic, int limit, int tries) {
        ReadBudget.Share share = tries == TRIES ? budget.take() : budget.takeLess();
        long began = System.nanoTime();
        try {
            ShardInfo shard = source.shard();
            RecordStore.Batch batch = records.read(shard, source.offset(), limit, share.recordBytes(), share);
            if (!share.keepRecords(batch.bytes() + RecordsAnswer.mostAtOnceBytes(batch.records(), call.format()))) {
                share.close();
                answerLater(call, source, traffic, limit, tries - 1);
                return;
            }
            traffic.countRead(batch.bytes());
            count(source, batch, began);
            boolean atEnd = shard.endsAt(batch.nextOffset());
            RecordsAnswer.Ending ending = new RecordsAnswer.Ending(
                    atEnd ? null : iteratorAt(source.stream(), shard, batch.nextOffset()),
                    batch.millisBehindLatest(),
                    atEnd ? ShardShapes.children(source.stream(), shard) : null);
            RecordsAnswer answer = new RecordsAnswer(call.format(), shard, batch, ending, share);
            call.exchange().answer(200, ErrorRenderer.headers(call.requestId(), call.format()), answer);
        } catch (IOException | RuntimeException | Error e) { // the outermost frame of a request
            share.close();
            ErrorRenderer.answer(call, e);
        }
    }

    private void answerLater(CallContext call, Source source, ShardTraffic traffic, int limit, int tries) {
        if (tries == 0) {
            throw throttled(source.stream(), source.shard());
        }
        threads.timer()
                .schedule(
                        () -> threads.reads().execute(() -> answer(call, source, traffic, limit, tries)),
                        RETRY_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    private void count(Source source, RecordStore.Batch batch, long beganNanos) {
        StreamMetrics.Counters counters = streams.metrics().of(source.stream().key());
        long nanos = System.nanoTime() - beganNanos;
        counters.add(Metric.GET_RECORDS_BYTES, batch.bytes());
        counters.add(Metric.GET_RECORDS_RECORDS, batch.records().size());
        counters.add(Metric.GET_RECORDS_SUCCESS, 1);
        counters.add(Metric.GET_RECORDS_ITERATOR_AGE_MILLISECONDS, batch.millisBehindLatest());
        counters.add(Metric.GET_RECORDS_LATENCY, TimeUnit.NANOSECONDS.toMillis(nanos));
        counters.getLatency().record(nanos);
        streams.lags().report(source.stream(), source.shard(), "", batch);
    }

    /** Where a shard iterator reads. */
    private record Source(Stream stream, ShardInfo shard, long offset) {}

    private Source open(GetRecordsBody request, CallContext call) {
        Position position = iterators.open(request.shardIterator());
        StreamRefs.refuseOthers(position.stream(), call);
        StreamRefs.refuseOthers(request.streamArn(), position.stream(), call);
        Stream stream = streams.find(position.stream()).orElse(null);
        ShardInfo shard = stream == null || stream.createdEpochMillis() != position.streamCreatedEpochMillis()
                ? null
                : stream.shardAt(position.shardIndex());
        if (stream == null || shard == null) {
            throw StreamErrors.shardNotFound(position.stream(), ShardInfo.idOf(position.shardIndex()));
        }
        return new Source(stream, shard, position.offset());
    }

    private String iteratorAt(Stream stream, ShardInfo shard, long offset) {
        return iterators.seal(new Position(stream.key(), stream.createdEpochMillis(), shard.index(), offset));
    }
}
