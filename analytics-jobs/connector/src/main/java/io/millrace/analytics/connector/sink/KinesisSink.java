package io.millrace.analytics.connector.sink;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;
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
 * <p>What can never succeed ends the job with a {@link io.millrace.analytics.connector.failure.FinalFailureException}:
 * the stream does not exist, access is denied, or a record is above a limit or has a key that the service refuses.
 *
 * @param <T> what the element converter makes entries of
 */
public final class KinesisSink<T> extends AsyncSinkBase<T, PutRecordsRequestEntry> {
    private static final long serialVersionUID = 1;

    private final Target target;

    /**
     * Limits of what is put and of what waits.
     *
     * @param maxBatch entries a call, up to 500
     * @param maxBuffered entries that may wait before the job is slowed down
     * @param maxBatchBytes data and partition keys a call; a larger record is refused
     * @param flushMillis how long an entry waits for others
     */
    public record Limits(int maxBatch, int maxInFlight, int maxBuffered, long maxBatchBytes, long flushMillis) {
        private static final int MAX_ENTRIES = 500;
        private static final long MAX_REQUEST_BYTES = 10L * 1024 * 1024;

        public Limits {
            check("sink.batch.max-size", maxBatch, MAX_ENTRIES);
            check("sink.requests.max-inflight", maxInFlight, Integer.MAX_VALUE);
            check("sink.requests.max-buffered", maxBuffered, Integer.MAX_VALUE);
            check("sink.flush-buffer.size", maxBatchBytes, MAX_REQUEST_BYTES);
            check("sink.flush-buffer.timeout", flushMillis, Long.MAX_VALUE);
            if (maxBuffered <= maxBatch) {
                throw new IllegalArgumentException("sink.requests.max-buffered: " + maxBuffered
                        + " (expected: more than sink.batch.max-size, " + maxBatch + ")");
            }
        }

        private static void check(String name, long value, long max) {
            if (value < 1 || value > max) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: 1 to " + max + ")");
            }
        }

        public static Limits defaults() {
            return new Limits(MAX_ENTRIES, 4, 10_000, 5L * 1024 * 1024, 200);
        }
    }

    /**
     * How the endpoint is called.
     *
     * @param concurrency calls at the same time
     * @param readTimeout how long to wait for an answer
     */
    public record Http(int concurrency, Duration readTimeout) implements Serializable {
        public Http {
            if (concurrency < 1 || readTimeout.isNegative() || readTimeout.isZero()) {
                throw new IllegalArgumentException("sink.http-client: " + concurrency + " calls, read time-out "
                        + readTimeout + " (expected: more than 0)");
            }
        }

        public static Http defaults() {
            return new Http(Integer.MAX_VALUE, Duration.ofSeconds(30));
        }
    }

    /** @param failOnError whether a refusal that may pass, such as throttling, fails the task instead of a retry */
    public KinesisSink(
            Connection connection,
            StreamRef stream,
            ElementConverter<T, PutRecordsRequestEntry> converter,
            Limits limits,
            boolean failOnError) {
        this(new Target(connection, stream, failOnError, Http.defaults()), converter, limits);
    }

    /**
     * Where a sink writes to.
     *
     * @param failOnError whether a refusal that may pass, such as throttling, fails the task instead of a retry
     */
    public record Target(Connection connection, StreamRef stream, boolean failOnError, Http http)
            implements Serializable {}

    public KinesisSink(Target target, ElementConverter<T, PutRecordsRequestEntry> converter, Limits limits) {
        super(
                converter,
                limits.maxBatch(),
                limits.maxInFlight(),
                limits.maxBuffered(),
                limits.maxBatchBytes(),
                limits.flushMillis(),
                limits.maxBatchBytes());
        this.target = target;
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
                target,
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
