package io.millrace.analytics.connector.sink;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.sink.writer.AsyncSinkWriter;
import org.apache.flink.connector.base.sink.writer.BufferedRequestState;
import org.apache.flink.connector.base.sink.writer.DequeRequestBuffer;
import org.apache.flink.connector.base.sink.writer.ElementConverter;
import org.apache.flink.connector.base.sink.writer.ResultHandler;
import org.apache.flink.connector.base.sink.writer.SimpleBatchCreator;
import org.apache.flink.connector.base.sink.writer.config.AsyncSinkWriterConfiguration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;

/**
 * Sends batches with PutRecords. A record that can never be put ends the job, after the records before it were put; all
 * others are sent until they are acknowledged.
 *
 * <p>The state belongs to the task's thread; calls run on a small pool of the writer's own.
 */
final class KinesisSinkWriter<T> extends AsyncSinkWriter<T, PutRecordsRequestEntry> {
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long MAX_PAUSE_MILLIS = 3_000;
    private static final long CLOSE_SECONDS = 5;

    private final KinesisClient client;
    private final BatchPut batches;
    private final ExecutorService calls;

    KinesisSinkWriter(
            ElementConverter<T, PutRecordsRequestEntry> converter,
            WriterInitContext context,
            KinesisSink.Target target,
            KinesisSink.Limits limits,
            Collection<BufferedRequestState<PutRecordsRequestEntry>> state) {
        this(
                converter,
                context,
                target,
                limits,
                state,
                target.connection().open(target.http().readTimeout()));
    }

    private KinesisSinkWriter(
            ElementConverter<T, PutRecordsRequestEntry> converter,
            WriterInitContext context,
            KinesisSink.Target target,
            KinesisSink.Limits limits,
            Collection<BufferedRequestState<PutRecordsRequestEntry>> state,
            KinesisClient client) {
        super(
                new CheckedConverter<>(
                        converter,
                        new RecordCheck(
                                target.stream().nameOrArn(),
                                limits.maxBatchBytes(),
                                () -> largestRecord(client, target.stream()))),
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
        this.client = client;
        this.batches = new BatchPut(
                client,
                target.stream(),
                target.failOnError(),
                failures -> TimeUnit.MILLISECONDS.sleep(pauseMillis(failures)));
        this.calls = Executors.newFixedThreadPool(
                Math.min(limits.maxInFlight(), target.http().concurrency()), task -> {
                    Thread thread =
                            new Thread(task, "kinesis-put " + target.stream().nameOrArn());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Half of the pause is random, so that the tasks of a sink do not call at the same moment again. */
    private static long pauseMillis(int failures) {
        long pause = Math.min(MAX_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << failures);
        return pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1);
    }

    /** Returns the limit in bytes; without bound if the stream cannot be described, since PutRecords will then tell. */
    private static long largestRecord(KinesisClient client, StreamRef stream) {
        try {
            Integer kibibytes = client.describeStreamSummary(
                            request -> request.streamName(stream.name()).streamARN(stream.arn()))
                    .streamDescriptionSummary()
                    .maxRecordSizeInKiB();
            return kibibytes == null ? Long.MAX_VALUE : kibibytes * 1024L;
        } catch (SdkException e) {
            return Long.MAX_VALUE;
        }
    }

    @Override
    public void write(T element, Context context) throws IOException, InterruptedException {
        try {
            super.write(element, context);
        } catch (FinalFailureException e) {
            flush(true); // the job ends here, and what stands before the refused record is to arrive
            throw e;
        }
    }

    @Override
    protected void submitRequestEntries(
            List<PutRecordsRequestEntry> entries, ResultHandler<PutRecordsRequestEntry> result) {
        calls.execute(() -> put(entries, result));
    }

    private void put(List<PutRecordsRequestEntry> entries, ResultHandler<PutRecordsRequestEntry> result) {
        try {
            List<PutRecordsRequestEntry> again = batches.put(entries);
            if (again.isEmpty()) {
                result.complete();
            } else {
                result.retryForEntries(again);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the writer is closing
            result.retryForEntries(entries);
        } catch (RuntimeException e) { // the outermost frame of a putting thread
            result.completeExceptionally(e);
        }
    }

    @Override
    protected long getSizeInBytes(PutRecordsRequestEntry entry) {
        return RecordCheck.sizeOf(entry);
    }

    /** Calls under way may end: they hold records that stand before the one that has ended the job. */
    @Override
    public void close() {
        calls.shutdown();
        try {
            if (!calls.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                calls.shutdownNow();
            }
        } catch (InterruptedException e) {
            calls.shutdownNow();
            Thread.currentThread().interrupt();
        }
        client.close();
    }
}
