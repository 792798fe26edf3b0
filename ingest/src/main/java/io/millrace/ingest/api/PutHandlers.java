package io.millrace.ingest.api;

import io.millrace.ingest.codec.DecodedRecords;
import io.millrace.ingest.codec.PutRecordBody;
import io.millrace.ingest.codec.PutRecordsBody;
import io.millrace.ingest.codec.PutRecordsOutput;
import io.millrace.ingest.streams.Distribution;
import io.millrace.ingest.streams.HashKey;
import io.millrace.ingest.streams.Metric;
import io.millrace.ingest.streams.Placement;
import io.millrace.ingest.streams.RecordSource;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.SequenceNumber;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamMetrics;
import io.millrace.ingest.streams.StreamStatus;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.ErrorRenderer;
import io.millrace.protocol.api.Operation;
import io.millrace.protocol.api.ServiceException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.PutRecordRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;

/**
 * {@code PutRecord} and {@code PutRecords}: acknowledged when durable.
 *
 * <p>Bodies in the form that clients send nearly always are read without an object for a record; all others take the
 * generic way, which also finds what is wrong with them. The answers are the same.
 */
final class PutHandlers {
    private static final int MAX_RECORD_BYTES = 10 * 1024 * 1024;
    private static final long MAX_REQUEST_BYTES = 10L * 1024 * 1024;
    private static final Counted ONE =
            new Counted(Metric.PUT_RECORD_BYTES, Metric.PUT_RECORD_SUCCESS, Metric.PUT_RECORD_LATENCY);
    private static final Counted MANY =
            new Counted(Metric.PUT_RECORDS_BYTES, Metric.PUT_RECORDS_SUCCESS, Metric.PUT_RECORDS_LATENCY);
    private static final Constraints KEYED_ONE = ofOne(false);
    private static final Constraints SPREAD_ONE = ofOne(true);
    private static final Constraints KEYED_MANY = ofMany(false);
    private static final Constraints SPREAD_MANY = ofMany(true);
    private static final String EXCEEDED = "ProvisionedThroughputExceededException";

    private final RecordStore records;
    private final StreamRefs refs;
    private final StreamMetrics metrics;
    private final DryRuns dryRuns;
    private final InstantSource clock;

    PutHandlers(RecordStore records, StreamRefs refs, StreamMetrics metrics, DryRuns dryRuns, InstantSource clock) {
        this.records = records;
        this.refs = refs;
        this.metrics = metrics;
        this.dryRuns = dryRuns;
        this.clock = clock;
    }

    void addTo(AwsJsonService service) {
        service.add(
                "PutRecord",
                hotPutRecord(Operation.reading(
                        PutRecordRequest::builder,
                        PutRecordRequest.class,
                        Constraints.none(), // which depend on the stream
                        this::putRecord)));
        service.add(
                "PutRecords",
                hotPutRecords(Operation.reading(
                        PutRecordsRequest::builder,
                        PutRecordsRequest.class,
                        Constraints.none(), // which depend on the stream
                        this::putRecords)));
    }

    /** @param spread whether the stream distributes its records in equal parts: then they need no keys */
    private static Constraints ofOne(boolean spread) {
        return Inputs.streamRef(record(
                Constraints.none().pattern("SequenceNumberForOrdering", Inputs.SEQUENCE_NUMBER_PATTERN), spread));
    }

    /** As {@link #ofOne}, for the records of one call. */
    private static Constraints ofMany(boolean spread) {
        return Inputs.streamRef(Constraints.none()
                .required("Records")
                .length("Records", 1, 500)
                .each("Records", record(Constraints.none(), spread)));
    }

    private static Constraints record(Constraints constraints, boolean spread) {
        return (spread ? constraints : constraints.required("PartitionKey"))
                .length("PartitionKey", 1, 256)
                .pattern("ExplicitHashKey", Inputs.HASH_KEY_PATTERN)
                .required("Data")
                .length("Data", 0, MAX_RECORD_BYTES);
    }

    private Operation hotPutRecord(Operation generic) {
        return (call, body) -> {
            PutRecordBody request = PutRecordBody.decode(body, call.format());
            if (request == null) {
                generic.serve(call, body);
            } else {
                Stream stream = writable(refs.stream(request.streamName(), request.streamArn(), call));
                RecordSource source = new Decoded(request.record());
                refuseOne(stream, source, request.sequenceNumberForOrdering());
                putOne(call, stream, source);
            }
        };
    }

    private Operation hotPutRecords(Operation generic) {
        return (call, body) -> {
            PutRecordsBody request = PutRecordsBody.decode(body, call.format());
            if (request == null) {
                generic.serve(call, body);
            } else {
                Stream stream = writable(refs.stream(request.streamName(), request.streamArn(), call));
                RecordSource source = new Decoded(request.records());
                refuseAny(stream, source);
                putAll(call, stream, source);
            }
        };
    }

    private void putRecord(PutRecordRequest request, CallContext call) {
        (refs.isSpread(request.streamName(), request.streamARN(), call) ? SPREAD_ONE : KEYED_ONE).check(request);
        Stream stream = writable(refs.stream(request.streamName(), request.streamARN(), call));
        RecordSource.Single record = single(request.partitionKey(), request.explicitHashKey(), request.data());
        refuseOne(stream, RecordSource.of(List.of(record)), request.sequenceNumberForOrdering());
        dryRuns.endIf(request.dryRun(), stream.key());
        putOne(call, stream, RecordSource.of(List.of(record)));
    }

    private void putRecords(PutRecordsRequest request, CallContext call) {
        (refs.isSpread(request.streamName(), request.streamARN(), call) ? SPREAD_MANY : KEYED_MANY).check(request);
        Stream stream = writable(refs.stream(request.streamName(), request.streamARN(), call));
        List<RecordSource.Single> singles = new ArrayList<>(request.records().size());
        long total = 0;
        for (PutRecordsRequestEntry entry : request.records()) {
            RecordSource.Single record = single(entry.partitionKey(), entry.explicitHashKey(), entry.data());
            total += record.data().length + (long) record.key().length;
            singles.add(record);
        }
        if (total > MAX_REQUEST_BYTES) {
            throw StreamErrors.invalidArgument("Records size exceeds 10 MB limit");
        }
        RecordSource source = RecordSource.of(singles);
        refuseAny(stream, source);
        dryRuns.endIf(request.dryRun(), stream.key());
        putAll(call, stream, source);
    }

    private static void refuseAny(Stream stream, RecordSource source) {
        for (int i = 0; i < source.count(); i++) {
            if (source.dataLength(i) > stream.maxRecordKiB() * 1024L) {
                throw tooLarge(
                        stream, source.dataLength(i), String.format(Locale.ROOT, "records.%d.member.data", i + 1));
            }
        }
    }

    private void putAll(CallContext call, Stream stream, RecordSource source) {
        put(call, stream, MANY, source, placement -> answerOf(call, stream, placement));
    }

    private static RecordSource.Single single(
            @Nullable String partitionKey, @Nullable String explicitHashKey, SdkBytes data) {
        return RecordSource.Single.of(partitionKey, hashKey(explicitHashKey), data.asByteArrayUnsafe());
    }

    private void refuseOne(Stream stream, RecordSource record, @Nullable String ordering) {
        refuseOrdering(stream, ordering);
        if (record.dataLength(0) > stream.maxRecordKiB() * 1024L) {
            throw tooLarge(stream, record.dataLength(0), "data");
        }
    }

    private void putOne(CallContext call, Stream stream, RecordSource record) {
        put(call, stream, ONE, record, placement -> {
            if (placement.isRefused(0)) {
                throw ServiceException.refused(EXCEEDED, StreamErrors.rateExceeded(stream.key(), placement.shard(0)));
            }
            return Unpooled.wrappedBuffer(PutRecordsOutput.single(
                    call.format(),
                    placement.shard(0),
                    placement.offset(0),
                    placement.arrivalEpochMillis(0),
                    encryptionOf(stream)));
        });
    }

    /** How the calls of one operation are counted. */
    private record Counted(Metric bytes, Metric success, Metric latency) {}

    private void put(
            CallContext call,
            Stream stream,
            Counted counted,
            RecordSource source,
            Function<Placement, ByteBuf> answer) {
        long began = System.nanoTime();
        records.put(stream, source)
                .whenCompleteAsync(
                        (placement, failure) -> {
                            if (failure != null) {
                                ErrorRenderer.answer(call, failure);
                            } else {
                                answer(call, () -> {
                                    count(stream, counted, placement, began);
                                    return answer.apply(placement);
                                });
                            }
                        },
                        call.exchange().eventLoop());
    }

    private static void answer(CallContext call, Supplier<ByteBuf> answer) {
        ByteBuf body;
        try {
            body = answer.get();
        } catch (RuntimeException e) { // the outermost frame of a request
            ErrorRenderer.answer(call, e);
            return;
        }
        call.exchange().answer(200, ErrorRenderer.headers(call.requestId(), call.format()), body);
    }

    private void count(Stream stream, Counted counted, Placement placement, long beganNanos) {
        StreamMetrics.Counters counters = metrics.of(stream.key());
        counters.add(Metric.INCOMING_BYTES, placement.bytes());
        counters.add(Metric.INCOMING_RECORDS, placement.count() - placement.refusedCount());
        counters.add(counted.bytes(), placement.bytes());
        counters.add(counted.success(), placement.refusedCount() < placement.count() ? 1 : 0);
        long nanos = System.nanoTime() - beganNanos;
        counters.add(counted.latency(), TimeUnit.NANOSECONDS.toMillis(nanos));
        counters.putLatency().record(nanos);
        if (counted.equals(MANY)) {
            counters.add(Metric.PUT_RECORDS_TOTAL, placement.count());
            counters.add(Metric.PUT_RECORDS_SUCCESSFUL, placement.count() - placement.refusedCount());
            counters.add(Metric.PUT_RECORDS_THROTTLED, placement.refusedCount());
        }
        if (placement.refusedCount() > 0) {
            counters.add(Metric.WRITE_EXCEEDED, placement.refusedCount());
        }
    }

    private static ByteBuf answerOf(CallContext call, Stream stream, Placement placement) {
        PutRecordsOutput output = new PutRecordsOutput(call.format(), placement.count(), placement.refusedCount());
        for (int i = 0; i < placement.count(); i++) {
            if (placement.isRefused(i)) {
                output.failed(EXCEEDED, StreamErrors.rateExceeded(stream.key(), placement.shard(i)));
            } else {
                output.placed(placement.shard(i), placement.offset(i), placement.arrivalEpochMillis(i));
            }
        }
        return output.toByteBuf(encryptionOf(stream));
    }

    /** Returns nothing for a stream that is not encrypted: AWS says so in descriptions only. */
    private static @Nullable String encryptionOf(Stream stream) {
        return stream.encryptionKey() == null ? null : "KMS";
    }

    private static Stream writable(Stream stream) {
        if (stream.status() == StreamStatus.CREATING || stream.status() == StreamStatus.DELETING) {
            throw StreamErrors.streamNotFound(stream.key());
        }
        return stream;
    }

    private static @Nullable HashKey hashKey(@Nullable String decimal) {
        if (decimal == null) {
            return null;
        }
        try {
            return HashKey.parse(decimal);
        } catch (IllegalArgumentException e) {
            throw StreamErrors.invalidArgument(
                    "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was "
                            + decimal);
        }
    }

    /** Numbers of a shard grow anyway, so that there is nothing to be done but to refuse what is none. */
    private void refuseOrdering(Stream stream, @Nullable String ordering) {
        if (ordering != null && stream.distribution() == Distribution.AUTO) {
            throw StreamErrors.invalidArgument("SequenceNumberForOrdering must not be specified for stream "
                    + stream.name() + " under account "
                    + stream.key().namespace().account()
                    + ", whose RecordDistributionStrategy is AUTO.");
        }
        if (ordering != null && !SequenceNumber.isPlausible(ordering, clock.millis())) {
            throw StreamErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "ExclusiveMinimumSequenceNumber %s used in PutRecord on stream %s under account %s is invalid.",
                    ordering,
                    stream.name(),
                    stream.key().namespace().account()));
        }
    }

    private static ServiceException tooLarge(Stream stream, int dataLength, String member) {
        return ServiceException.validation(String.format(
                Locale.ROOT,
                ("1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=%1$d cap=%1$d]' at '%2$s'"
                        + " failed to satisfy constraint: Member must have length less than or equal to %3$d"),
                dataLength,
                member,
                stream.maxRecordKiB() * 1024));
    }

    /** Decoded records whose hash keys have been looked at. */
    private static final class Decoded implements RecordSource {
        private final DecodedRecords records;
        private final @Nullable HashKey[] hashKeys;

        Decoded(DecodedRecords records) {
            this.records = records;
            this.hashKeys = new @Nullable HashKey[records.count()];
            for (int i = 0; i < records.count(); i++) {
                hashKeys[i] = hashKey(records.explicitHashKey(i));
            }
        }

        @Override
        public int count() {
            return records.count();
        }

        @Override
        public byte[] keyArray(int record) {
            return records.keyArray(record);
        }

        @Override
        public int keyOffset(int record) {
            return records.keyOffset(record);
        }

        @Override
        public int keyLength(int record) {
            return records.keyLength(record);
        }

        @Override
        public @Nullable HashKey explicitHashKey(int record) {
            return hashKeys[record];
        }

        @Override
        public int dataLength(int record) {
            return records.dataLength(record);
        }

        @Override
        public void copyData(int record, byte[] target, int at) {
            records.copyData(record, target, at);
        }
    }
}
