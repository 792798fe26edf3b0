package io.millrace.ingest.api;

import io.millrace.ingest.streams.HashKey;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.RecordStore.Placed;
import io.millrace.ingest.streams.RecordStore.Put;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamStatus;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.ServiceException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.EncryptionType;
import software.amazon.awssdk.services.kinesis.model.PutRecordRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;

/** {@code PutRecord} and {@code PutRecords}: acknowledged when durable. */
final class PutHandlers {
    private static final long MAX_REQUEST_BYTES = 10L * 1024 * 1024;

    private final RecordStore records;
    private final StreamRefs refs;

    PutHandlers(RecordStore records, StreamRefs refs) {
        this.records = records;
        this.refs = refs;
    }

    CompletionStage<PutRecordResponse> putRecord(PutRecordRequest request, CallContext call) {
        Stream stream = writable(refs.stream(request.streamName(), request.streamARN(), call));
        Put put = put(request.partitionKey(), request.explicitHashKey(), request.data());
        refuseLarge(stream, put.data().length);
        return records.put(stream, List.of(put))
                .thenApplyAsync(
                        placed -> PutRecordResponse.builder()
                                .shardId(placed.get(0).shardId())
                                .sequenceNumber(placed.get(0).sequenceNumber())
                                .encryptionType(EncryptionType.NONE)
                                .build(),
                        call.exchange().eventLoop());
    }

    CompletionStage<PutRecordsResponse> putRecords(PutRecordsRequest request, CallContext call) {
        Stream stream = writable(refs.stream(request.streamName(), request.streamARN(), call));
        List<Put> puts = new ArrayList<>(request.records().size());
        long total = 0;
        for (PutRecordsRequestEntry entry : request.records()) {
            Put put = put(entry.partitionKey(), entry.explicitHashKey(), entry.data());
            refuseLarge(stream, put.data().length);
            total += put.data().length + (long) put.partitionKey().getBytes(StandardCharsets.UTF_8).length;
            puts.add(put);
        }
        if (total > MAX_REQUEST_BYTES) {
            throw StreamErrors.invalidArgument("Records size exceeds %d bytes".formatted(MAX_REQUEST_BYTES));
        }
        return records.put(stream, puts)
                .thenApplyAsync(
                        placed -> PutRecordsResponse.builder()
                                .failedRecordCount(0)
                                .records(
                                        placed.stream().map(PutHandlers::result).toList())
                                .encryptionType(EncryptionType.NONE)
                                .build(),
                        call.exchange().eventLoop());
    }

    private static PutRecordsResultEntry result(Placed placed) {
        return PutRecordsResultEntry.builder()
                .shardId(placed.shardId())
                .sequenceNumber(placed.sequenceNumber())
                .build();
    }

    /** Puts go on while a stream is being changed, as on AWS; before and after its life it is not there. */
    static Stream writable(Stream stream) {
        if (stream.status() == StreamStatus.CREATING || stream.status() == StreamStatus.DELETING) {
            throw StreamErrors.streamNotFound(stream.key());
        }
        return stream;
    }

    private static Put put(String partitionKey, @Nullable String explicitHashKey, SdkBytes data) {
        return new Put(partitionKey, hashKey(explicitHashKey), data.asByteArrayUnsafe());
    }

    static @Nullable HashKey hashKey(@Nullable String decimal) {
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

    static void refuseLarge(Stream stream, int dataLength) {
        long limit = stream.maxRecordKiB() * 1024L;
        if (dataLength > limit) {
            throw ServiceException.validation(
                    "1 validation error detected: Value at 'data' failed to satisfy constraint: Member must have length less than or equal to "
                            + limit);
        }
    }
}
