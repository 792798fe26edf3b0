package io.millrace.firehose.job;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.client.Trust;
import io.millrace.analytics.connector.source.KinesisSource;
import io.millrace.analytics.connector.source.StartFrom;
import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.DeliverySpec;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The job of one delivery stream.
 *
 * <pre>
 *  {@link CommittedSource}  ->  keyBy(one)  ->  {@link DeliveryFunction}  ->  {@link ObjectSink}
 *  behind the ledger's                        buffer, encode, upload,       only what checkpoints of an
 *  positions                                  commit in the ledger, copy    earlier version hold
 * </pre>
 *
 * <p>Flink runs the job and starts it again; it does not decide what is delivered. Where each record is at any time is
 * drawn at {@link io.millrace.firehose.engine.DeliveryEngine}.
 */
public final class DeliveryJob {
    /** All records of a stream without dynamic partitioning go into the same object. */
    static final String ONE_PARTITION = "";

    private static final int MAX_RECORDS_PER_CALL = 2_000;

    /** Two of the largest answers and more: many deliveries share the heap of a cluster. */
    private static final long MAX_AHEAD_BYTES = 24L * 1024 * 1024;

    private DeliveryJob() {}

    /** @param arguments one: the {@link DeliverySpec} as JSON */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 1) {
            throw new IllegalArgumentException(
                    "arguments: " + arguments.length + " (expected: the delivery specification)");
        }
        DeliverySpec spec = DeliverySpec.fromJson(arguments[0]);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.getConfig().enableObjectReuse(); // sealed batches go to the writer without a copy
        build(env, spec);
        env.execute("delivery " + spec.deliveryStream());
    }

    static void build(StreamExecutionEnvironment env, DeliverySpec spec) {
        DeliverySpec.Source source = spec.source();
        Connection connection = new Connection(
                source.endpoint(), source.region(), source.accessKey(), source.secretKey(), trust(source));
        Ledgers.Opener ledgers = Ledgers.of(spec, connection);
        KinesisSource<DeliveryRecord> records = new KinesisSource<>(
                connection,
                new StreamRef(source.streamArn()),
                options(StartFrom.timestamp(source.fromEpochMillis())),
                new RecordDeserializer());
        env.fromSource(new CommittedSource<>(records, ledgers), WatermarkStrategy.noWatermarks(), "source")
                .uid("source")
                .keyBy(record -> ONE_PARTITION)
                .process(new DeliveryFunction(spec, ledgers))
                .returns(Types.VOID)
                .uid("buffer")
                .name("delivery")
                .sinkTo(new ObjectSink(spec))
                .uid("objects")
                .name("objects of earlier versions");
    }

    private static Trust trust(DeliverySpec.Source source) {
        return source.certificates() == null ? Trust.usual() : Trust.with(source.certificates());
    }

    /** Small calls and a small bound: what is fetched ahead is on the heap. */
    private static KinesisSource.Options options(StartFrom start) {
        KinesisSource.Options usual = KinesisSource.Options.from(start);
        return new KinesisSource.Options(start, usual.discovery(), MAX_RECORDS_PER_CALL, usual.idleInterval())
                .withAheadBytes(MAX_AHEAD_BYTES);
    }
}
