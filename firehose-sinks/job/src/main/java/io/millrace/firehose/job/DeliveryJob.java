package io.millrace.firehose.job;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.source.KinesisSource;
import io.millrace.analytics.connector.source.StartFrom;
import io.millrace.firehose.delivery.Batch;
import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.DeliverySpec;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The job of one delivery stream: source, buffer, objects, and for a warehouse the copy.
 *
 * <pre>
 *  KinesisSource -> keyBy(partition) -> {@link BufferFunction} -> {@link ObjectSink}
 *   positions        one key            seals on size or age      writer: encode, upload, stay invisible
 *   in state                             records in state          committer: make visible, copy, once per checkpoint
 * </pre>
 *
 * <p>A record is in exactly one of: the source (not read yet), the buffer's state, an upload whose committable is in the
 * committer's state. A checkpoint moves all three together, so whatever is killed, each record is in one visible object.
 */
public final class DeliveryJob {
    /** All records of a stream without dynamic partitioning go into the same object. */
    static final String ONE_PARTITION = "";

    private DeliveryJob() {}

    /** @param arguments one: the {@link DeliverySpec} as JSON */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 1) {
            throw new IllegalArgumentException(
                    "arguments: %d (expected: the delivery specification)".formatted(arguments.length));
        }
        DeliverySpec spec = DeliverySpec.fromJson(arguments[0]);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.getConfig().enableObjectReuse(); // sealed batches go to the writer without a copy
        build(env, spec);
        env.execute("delivery " + spec.deliveryStream());
    }

    static void build(StreamExecutionEnvironment env, DeliverySpec spec) {
        DeliverySpec.Source source = spec.source();
        KinesisSource<DeliveryRecord> records = new KinesisSource<>(
                new Connection(source.endpoint(), source.region(), null, null, true),
                new StreamRef(source.streamArn()),
                KinesisSource.Options.from(StartFrom.timestamp(source.fromEpochMillis())),
                new RecordDeserializer());
        env.fromSource(records, WatermarkStrategy.noWatermarks(), "source")
                .uid("source")
                .keyBy(record -> ONE_PARTITION)
                .process(new BufferFunction(
                        spec.objects().maxBytes(), spec.objects().maxAgeMillis()))
                .returns(Batch.class)
                .uid("buffer")
                .name("buffer")
                .sinkTo(new ObjectSink(spec))
                .uid("objects")
                .name("objects");
    }
}
