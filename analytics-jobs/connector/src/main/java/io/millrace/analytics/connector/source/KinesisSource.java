package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;
import org.jspecify.annotations.Nullable;

/**
 * Reads a Kinesis stream as an unbounded source: every record of every shard once, in the order of the shard, whatever
 * restarts in between. Event time is the record's approximate arrival time until a watermark strategy says otherwise.
 *
 * <p>What can never succeed ends the job with a {@link io.millrace.analytics.connector.failure.FinalFailureException}:
 * the stream or a shard does not exist, access is denied, or a record cannot be deserialized and {@link OnError} says
 * so.
 *
 * @param <T> what the deserializer makes of a record
 */
public final class KinesisSource<T> implements Source<T, ShardSplit, EnumeratorState>, ResultTypeQueryable<T> {
    private static final long serialVersionUID = 1;

    private final Connection connection;
    private final StreamRef stream;
    private final Options options;
    private final KinesisDeserializer<T> deserializer;
    private final OnError onError;

    /**
     * How a stream is read.
     *
     * @param discovery how often new shards are looked for
     * @param maxRecords a call takes at most this many records, 1 to 10,000
     * @param idleInterval how long to wait after a shard had nothing new
     * @param aheadBytes what all shards of a reader together may hold ahead of its task; the answer of one call is held
     *     even if it is larger, and with fan-out one event of each shard
     * @param fanOut absent where the stream is polled
     */
    public record Options(
            StartFrom start,
            Duration discovery,
            int maxRecords,
            Duration idleInterval,
            Calls calls,
            long aheadBytes,
            @Nullable FanOut fanOut)
            implements Serializable {
        /** Room for four of the largest answers on their way, and for one more that waits. */
        public static final long USUAL_AHEAD_BYTES = 64L * 1024 * 1024;

        private static final int MAX_RECORDS = 10_000;

        public Options {
            if (maxRecords < 1 || maxRecords > MAX_RECORDS) {
                throw new IllegalArgumentException(
                        "records a call: " + maxRecords + " (expected: 1 to " + MAX_RECORDS + ")");
            }
            if (discovery.isNegative() || discovery.isZero()) {
                throw new IllegalArgumentException("shard discovery: every " + discovery + " (expected: more than 0)");
            }
            if (aheadBytes < 1) {
                throw new IllegalArgumentException("bytes held ahead: " + aheadBytes + " (expected: 1 or more, such as "
                        + USUAL_AHEAD_BYTES + ")");
            }
        }

        public Options(StartFrom start, Duration discovery, int maxRecords, Duration idleInterval) {
            this(start, discovery, maxRecords, idleInterval, Calls.usual(idleInterval), USUAL_AHEAD_BYTES, null);
        }

        /** Returns the same with another bound of what is held ahead. */
        public Options withAheadBytes(long bytes) {
            return new Options(start, discovery, maxRecords, idleInterval, calls, bytes, fanOut);
        }

        /** Returns the same by fan-out reading. A job may change between the two, and goes on from its state. */
        public Options withFanOut(FanOut by) {
            return new Options(start, discovery, maxRecords, idleInterval, calls, aheadBytes, by);
        }

        public static Options from(StartFrom start) {
            return new Options(start, Duration.ofSeconds(10), MAX_RECORDS, Duration.ofMillis(250));
        }
    }

    /**
     * How often calls are made.
     *
     * @param fetchInterval how long to wait after a shard had something new
     * @param getRecords for fetches that fail
     * @param getIterator for shard iterators that cannot be had
     * @param listShards for lists of shards that cannot be had
     */
    public record Calls(Duration fetchInterval, Retry getRecords, Retry getIterator, Retry listShards)
            implements Serializable {
        private static final Duration MAX_PAUSE = Duration.ofSeconds(10);

        /** A shard is read as fast as it gives, and calls that fail are made again without end. */
        public static Calls usual(Duration idleInterval) {
            Retry endless = Retry.endless(idleInterval.multipliedBy(2), MAX_PAUSE);
            return new Calls(Duration.ZERO, endless, endless, endless);
        }
    }

    /** A record that cannot be deserialized ends the job. */
    public KinesisSource(
            Connection connection, StreamRef stream, Options options, KinesisDeserializer<T> deserializer) {
        this(connection, stream, options, deserializer, OnError.fail());
    }

    public KinesisSource(
            Connection connection,
            StreamRef stream,
            Options options,
            KinesisDeserializer<T> deserializer,
            OnError onError) {
        this.connection = connection;
        this.stream = stream;
        this.options = options;
        this.deserializer = deserializer;
        this.onError = onError;
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.CONTINUOUS_UNBOUNDED;
    }

    @Override
    public SourceReader<T, ShardSplit> createReader(SourceReaderContext context) throws Exception {
        deserializer.open(new DeserializationSchema.InitializationContext() {
            @Override
            public MetricGroup getMetricGroup() {
                return context.metricGroup().addGroup("deserializer");
            }

            @Override
            public UserCodeClassLoader getUserCodeClassLoader() {
                return SimpleUserCodeClassLoader.create(KinesisSource.class.getClassLoader());
            }
        });
        PoisonRecords poison = new PoisonRecords(
                connection, stream, onError, context.metricGroup().getNumRecordsInErrorsCounter());
        return new KinesisSourceReader<>(
                this::splitReader, new RecordDelivery<>(deserializer, poison), context, poison);
    }

    private SplitReader<KinesisRecord, ShardSplit> splitReader() {
        FanOut fanOut = options.fanOut();
        return fanOut == null
                ? new PollingSplitReader(connection, stream, options)
                : new FanOutSplitReader(connection, stream, fanOut, options.aheadBytes());
    }

    @Override
    public SplitEnumerator<ShardSplit, EnumeratorState> createEnumerator(SplitEnumeratorContext<ShardSplit> context) {
        return restoreEnumerator(context, new EnumeratorState(new TreeSet<>(), Set.of(), List.of()));
    }

    @Override
    public SplitEnumerator<ShardSplit, EnumeratorState> restoreEnumerator(
            SplitEnumeratorContext<ShardSplit> context, EnumeratorState state) {
        return new ShardEnumerator(context, connection, stream, options, state);
    }

    @Override
    public SimpleVersionedSerializer<ShardSplit> getSplitSerializer() {
        return new ShardSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<EnumeratorState> getEnumeratorCheckpointSerializer() {
        return new EnumeratorState.Serializer();
    }

    @Override
    public TypeInformation<T> getProducedType() {
        return deserializer.producedType();
    }
}
