package io.millrace.firehose.control;

import io.millrace.protocol.api.CallContext;
import java.util.List;
import java.util.concurrent.CompletionStage;
import software.amazon.awssdk.services.firehose.model.PutRecordBatchRequest;
import software.amazon.awssdk.services.firehose.model.PutRecordBatchResponse;
import software.amazon.awssdk.services.firehose.model.PutRecordBatchResponseEntry;
import software.amazon.awssdk.services.firehose.model.PutRecordRequest;
import software.amazon.awssdk.services.firehose.model.PutRecordResponse;

/** {@code PutRecord} and {@code PutRecordBatch}: acknowledged when durable. */
final class PutHandlers {
    private static final int MAX_BATCH_BYTES = 4 * 1024 * 1024;

    private final DeliveryStreams streams;
    private final RecordBuffers buffers;

    PutHandlers(DeliveryStreams streams, RecordBuffers buffers) {
        this.streams = streams;
        this.buffers = buffers;
    }

    CompletionStage<PutRecordResponse> putRecord(PutRecordRequest request, CallContext call) {
        DeliveryStream stream = writable(request.deliveryStreamName(), call);
        return buffers.put(stream.buffer(), List.of(request.record().data().asByteArrayUnsafe()))
                .thenApplyAsync(
                        ids -> PutRecordResponse.builder()
                                .recordId(ids.get(0))
                                .encrypted(false)
                                .build(),
                        call.exchange().eventLoop());
    }

    CompletionStage<PutRecordBatchResponse> putRecordBatch(PutRecordBatchRequest request, CallContext call) {
        DeliveryStream stream = writable(request.deliveryStreamName(), call);
        List<byte[]> records = request.records().stream()
                .map(record -> record.data().asByteArrayUnsafe())
                .toList();
        long total = records.stream().mapToLong(record -> record.length).sum();
        if (total > MAX_BATCH_BYTES) {
            throw FirehoseErrors.invalidArgument("Records size exceeds 4 MB limit");
        }
        return buffers.put(stream.buffer(), records)
                .thenApplyAsync(
                        ids -> PutRecordBatchResponse.builder()
                                .failedPutCount(0)
                                .encrypted(false)
                                .requestResponses(ids.stream()
                                        .map(id -> PutRecordBatchResponseEntry.builder()
                                                .recordId(id)
                                                .build())
                                        .toList())
                                .build(),
                        call.exchange().eventLoop());
    }

    private DeliveryStream writable(String name, CallContext call) {
        DeliveryStream stream = streams.get(call.namespace(), name);
        if (stream.status() != DeliveryStream.Status.ACTIVE) {
            throw FirehoseErrors.notFound(name, call.namespace());
        }
        if (!stream.directPut()) {
            throw FirehoseErrors.putNotAllowed();
        }
        return stream;
    }
}
