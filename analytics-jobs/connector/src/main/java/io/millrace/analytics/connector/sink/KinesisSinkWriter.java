package io.millrace.analytics.connector.sink;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.sink.writer.AsyncSinkWriter;
import org.apache.flink.connector.base.sink.writer.BufferedRequestState;
import org.apache.flink.connector.base.sink.writer.DequeRequestBuffer;
import org.apache.flink.connector.base.sink.writer.ElementConverter;
import org.apache.flink.connector.base.sink.writer.ResultHandler;
import org.apache.flink.connector.base.sink.writer.SimpleBatchCreator;
import org.apache.flink.connector.base.sink.writer.config.AsyncSinkWriterConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;

/**
 * Sends batches with PutRecords and sends again what was refused for its rate or by a broken connection.
 *
 * <p>The state belongs to the task's thread; calls run on a small pool of the writer's own.
 */
final class KinesisSinkWriter<T> extends AsyncSinkWriter<T, PutRecordsRequestEntry> {
    private static final Logger LOG = LoggerFactory.getLogger(KinesisSinkWriter.class);

    private final KinesisClient client;
    private final StreamRef stream;
    private final boolean failOnError;
    private final ExecutorService calls;

    /** Where the writer writes to. */
    record Target(Connection connection, StreamRef stream, boolean failOnError) {}

    KinesisSinkWriter(
            ElementConverter<T, PutRecordsRequestEntry> converter,
            WriterInitContext context,
            Target target,
            KinesisSink.Limits limits,
            Collection<BufferedRequestState<PutRecordsRequestEntry>> state) {
        super(
                converter,
                context,
                AsyncSinkWriterConfiguration.builder()
                        .setMaxBatchSize(limits.maxBatch())
                        .setMaxBatchSizeInBytes(limits.maxBatchBytes())
                        .setMaxInFlightRequests(limits.maxInFlight())
                        .setMaxBufferedRequests(limits.maxBuffered())
                        .setMaxTimeInBufferMS(limits.flushMillis())
                        .setMaxRecordSizeInBytes(limits.maxBatchBytes())
                        .build(),
                state,
                new SimpleBatchCreator<>(limits.maxBatchBytes()),
                new DequeRequestBuffer<>());
        this.client = target.connection().open();
        this.stream = target.stream();
        this.failOnError = target.failOnError();
        this.calls = Executors.newFixedThreadPool(limits.maxInFlight(), task -> {
            Thread thread = new Thread(task, "kinesis-put " + target.stream().nameOrArn());
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    protected void submitRequestEntries(
            List<PutRecordsRequestEntry> entries, ResultHandler<PutRecordsRequestEntry> result) {
        calls.execute(() -> put(entries, result));
    }

    private void put(List<PutRecordsRequestEntry> entries, ResultHandler<PutRecordsRequestEntry> result) {
        try {
            PutRecordsResponse response = client.putRecords(request ->
                    request.streamName(stream.name()).streamARN(stream.arn()).records(entries));
            List<PutRecordsRequestEntry> again = refused(entries, response.records());
            if (again.isEmpty()) {
                result.complete();
            } else {
                LOG.warn("stream {}: {} records were refused and are sent again", stream.nameOrArn(), again.size());
                result.retryForEntries(again);
            }
        } catch (SdkException e) {
            onFailure(e, entries, result);
        } catch (RuntimeException e) { // the outermost frame of a putting thread
            result.completeExceptionally(e);
        }
    }

    private static List<PutRecordsRequestEntry> refused(
            List<PutRecordsRequestEntry> entries, List<PutRecordsResultEntry> results) {
        List<PutRecordsRequestEntry> refused = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            if (results.get(i).errorCode() != null) {
                refused.add(entries.get(i));
            }
        }
        return refused;
    }

    private void onFailure(
            SdkException failure, List<PutRecordsRequestEntry> entries, ResultHandler<PutRecordsRequestEntry> result) {
        boolean passing = failure instanceof SdkClientException
                || (failure instanceof SdkServiceException service
                        && (service.isThrottlingException() || service.statusCode() >= 500));
        if (passing || !failOnError) {
            LOG.warn("stream {}: a put failed and is sent again", stream.nameOrArn(), failure);
            result.retryForEntries(entries);
        } else {
            result.completeExceptionally(failure);
        }
    }

    @Override
    protected long getSizeInBytes(PutRecordsRequestEntry entry) {
        return entry.data().asByteArrayUnsafe().length
                + (long) entry.partitionKey().length();
    }

    @Override
    public void close() {
        calls.shutdownNow();
        client.close();
    }
}
