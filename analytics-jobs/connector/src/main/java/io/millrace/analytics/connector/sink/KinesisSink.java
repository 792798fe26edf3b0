package io.millrace.analytics.connector.sink;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.sink.AsyncSinkBase;
import org.apache.flink.connector.base.sink.writer.BufferedRequestState;
import org.apache.flink.connector.base.sink.writer.ElementConverter;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;

/**
 * Writes to a Kinesis stream, at least once: what was not acknowledged when a checkpoint is taken is part of it.
 *
 * <p>What can never succeed ends the job with a {@link io.millrace.analytics.connector.failure.FinalFailureException}: the
 * stream does not exist, access is denied, or a record is above a limit or has a key that the service refuses.
 *
 * @param <T> what the element converter makes entries of
 */
public final class KinesisSink<T> extends AsyncSinkBase<T, PutRecordsRequestEntry> {
    private static final long serialVersionUID = 1;

    private final Connection connection;
    private final StreamRef stream;
    private final boolean failOnError;

    /**
     * Limits of what is put and of what waits.
     *
     * @param maxBatch entries a call, up to 500
     * @param maxBuffered entries that may wait before the job is slowed down
     * @param flushMillis how long an entry waits for others
     */
    public record Limits(int maxBatch, int maxInFlight, int maxBuffered, long maxBatchBytes, long flushMillis) {
        public static Limits defaults() {
            return new Limits(500, 4, 10_000, 5L * 1024 * 1024, 200);
        }
    }

    /** @param failOnError whether a refusal that may pass, such as throttling, fails the task instead of a retry */
    public KinesisSink(
            Connection connection,
            StreamRef stream,
            ElementConverter<T, PutRecordsRequestEntry> converter,
            Limits limits,
            boolean failOnError) {
        super(
                converter,
                limits.maxBatch(),
                limits.maxInFlight(),
                limits.maxBuffered(),
                limits.maxBatchBytes(),
                limits.flushMillis(),
                limits.maxBatchBytes());
        this.connection = connection;
        this.stream = stream;
        this.failOnError = failOnError;
    }

    @Override
    public StatefulSinkWriter<T, BufferedRequestState<PutRecordsRequestEntry>> createWriter(WriterInitContext context)
            throws IOException {
        return restoreWriter(context, List.of());
    }

    @Override
    public StatefulSinkWriter<T, BufferedRequestState<PutRecordsRequestEntry>> restoreWriter(
            WriterInitContext context, Collection<BufferedRequestState<PutRecordsRequestEntry>> state) {
        return new KinesisSinkWriter<>(
                getElementConverter(),
                context,
                new KinesisSinkWriter.Target(connection, stream, failOnError),
                new Limits(
                        getMaxBatchSize(),
                        getMaxInFlightRequests(),
                        getMaxBufferedRequests(),
                        getMaxBatchSizeInBytes(),
                        getMaxTimeInBufferMS()),
                state);
    }

    @Override
    public SimpleVersionedSerializer<BufferedRequestState<PutRecordsRequestEntry>> getWriterStateSerializer() {
        return new EntryStateSerializer();
    }
}
