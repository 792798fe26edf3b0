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
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;

/**
 * Reads a Kinesis stream as an unbounded source: every record of every shard once, in the order of the shard, whatever
 * restarts in between. Event time is the record's approximate arrival time until a watermark strategy says otherwise.
 *
 * @param <T> what the deserializer makes of a record
 */
public final class KinesisSource<T> implements Source<T, ShardSplit, EnumeratorState>, ResultTypeQueryable<T> {
    private static final long serialVersionUID = 1;

    private final Connection connection;
    private final StreamRef stream;
    private final Options options;
    private final KinesisDeserializer<T> deserializer;

    /**
     * How a stream is read.
     *
     * @param discovery how often new shards are looked for
     * @param maxRecords a call takes at most this many records, 1 to 10,000
     * @param idleInterval how long to wait after a shard had nothing new
     */
    public record Options(StartFrom start, Duration discovery, int maxRecords, Duration idleInterval)
            implements Serializable {
        private static final int MAX_RECORDS = 10_000;

        public Options {
            if (maxRecords < 1 || maxRecords > MAX_RECORDS) {
                throw new IllegalArgumentException(
                        "records a call: %d (expected: 1 to %d)".formatted(maxRecords, MAX_RECORDS));
            }
        }

        public static Options from(StartFrom start) {
            return new Options(start, Duration.ofSeconds(10), MAX_RECORDS, Duration.ofMillis(250));
        }
    }

    public KinesisSource(
            Connection connection, StreamRef stream, Options options, KinesisDeserializer<T> deserializer) {
        this.connection = connection;
        this.stream = stream;
        this.options = options;
        this.deserializer = deserializer;
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
        return new KinesisSourceReader<>(
                () -> new PollingSplitReader(connection, stream, options), new RecordDelivery<>(deserializer), context);
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
