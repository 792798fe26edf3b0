package io.millrace.ingest.api;

import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.ShardIterators;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.Operation;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import software.amazon.awssdk.services.kinesis.model.CreateStreamRequest;
import software.amazon.awssdk.services.kinesis.model.DecreaseStreamRetentionPeriodRequest;
import software.amazon.awssdk.services.kinesis.model.DeleteStreamRequest;
import software.amazon.awssdk.services.kinesis.model.DeregisterStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.IncreaseStreamRetentionPeriodRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListStreamConsumersRequest;
import software.amazon.awssdk.services.kinesis.model.ListStreamsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.RegisterStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardRequest;

/**
 * The Kinesis Data Streams service: every operation, what its input must satisfy and who handles it.
 *
 * <p>The limits are those of the service model of 2026 (39 operations, API version 2013-12-02).
 */
public final class KinesisApi {
    private static final String NAME_PATTERN = "[a-zA-Z0-9_.-]+";
    private static final String ARN_PATTERN = "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+";
    private static final String SEQUENCE_NUMBER_PATTERN = "0|([1-9]\\d{0,128})";
    private static final String HASH_KEY_PATTERN = "0|([1-9]\\d{0,38})";
    private static final int MAX_RECORD_BYTES = 10 * 1024 * 1024;
    private static final List<String> ITERATOR_TYPES = Arrays.stream(ShardIteratorType.values())
            .filter(type -> type != ShardIteratorType.UNKNOWN_TO_SDK_VERSION)
            .map(ShardIteratorType::toString)
            .toList();

    private KinesisApi() {}

    /**
     * @param blocking runs what may wait for the disk; event loops must not
     * @param reads runs what reads records, as many at once as the heap allows
     * @param timer wakes subscriptions that have nothing to say
     */
    public static AwsJsonService service(
            Streams streams,
            RecordStore records,
            ShardIterators iterators,
            Executor blocking,
            Executor reads,
            ScheduledExecutorService timer,
            InstantSource clock) {
        StreamRefs refs = new StreamRefs(streams);
        StreamHandlers stream = new StreamHandlers(streams, refs, blocking);
        PutHandlers put = new PutHandlers(records, refs);
        RetentionHandlers retention = new RetentionHandlers(streams, refs, blocking);
        HotPuts hot = new HotPuts(records, refs);
        GetHandlers get = new GetHandlers(records, iterators, streams, refs, reads);
        ConsumerHandlers consumer = new ConsumerHandlers(streams, refs, blocking);
        SubscribeToShardHandler subscribe = new SubscribeToShardHandler(records, refs, reads, timer, clock);
        return new AwsJsonService("Kinesis_20131202", "kinesis")
                .add(
                        "CreateStream",
                        CreateStreamRequest::builder,
                        CreateStreamRequest.class,
                        Constraints.none()
                                .required("StreamName")
                                .length("StreamName", 1, 128)
                                .pattern("StreamName", NAME_PATTERN)
                                .range("ShardCount", 1, Integer.MAX_VALUE),
                        stream::create)
                .add(
                        "DeleteStream",
                        DeleteStreamRequest::builder,
                        DeleteStreamRequest.class,
                        streamRef(),
                        stream::delete)
                .add(
                        "DescribeStream",
                        DescribeStreamRequest::builder,
                        DescribeStreamRequest.class,
                        streamRef().range("Limit", 1, 10_000),
                        stream::describe)
                .add(
                        "DescribeStreamSummary",
                        DescribeStreamSummaryRequest::builder,
                        DescribeStreamSummaryRequest.class,
                        streamRef(),
                        stream::summarize)
                .add(
                        "IncreaseStreamRetentionPeriod",
                        IncreaseStreamRetentionPeriodRequest::builder,
                        IncreaseStreamRetentionPeriodRequest.class,
                        streamRef().required("RetentionPeriodHours"),
                        retention::increase)
                .add(
                        "DecreaseStreamRetentionPeriod",
                        DecreaseStreamRetentionPeriodRequest::builder,
                        DecreaseStreamRetentionPeriodRequest.class,
                        streamRef().required("RetentionPeriodHours"),
                        retention::decrease)
                .add(
                        "ListStreams",
                        ListStreamsRequest::builder,
                        ListStreamsRequest.class,
                        Constraints.none().range("Limit", 1, 10_000),
                        stream::list)
                .add(
                        "ListShards",
                        ListShardsRequest::builder,
                        ListShardsRequest.class,
                        streamRef().range("MaxResults", 1, 10_000).length("NextToken", 1, 1_048_576),
                        new ListShardsHandler(refs)::handle)
                .add(
                        "PutRecord",
                        hot.putRecord(Operation.of(
                                PutRecordRequest::builder,
                                PutRecordRequest.class,
                                streamRef()
                                        .required("Data", "PartitionKey")
                                        .length("Data", 0, MAX_RECORD_BYTES)
                                        .length("PartitionKey", 1, 256)
                                        .pattern("ExplicitHashKey", HASH_KEY_PATTERN),
                                put::putRecord)))
                .add(
                        "PutRecords",
                        hot.putRecords(Operation.of(
                                PutRecordsRequest::builder,
                                PutRecordsRequest.class,
                                streamRef()
                                        .required("Records")
                                        .length("Records", 1, 500)
                                        .required("Records.*.Data", "Records.*.PartitionKey")
                                        .length("Records.*.Data", 0, MAX_RECORD_BYTES)
                                        .length("Records.*.PartitionKey", 1, 256)
                                        .pattern("Records.*.ExplicitHashKey", HASH_KEY_PATTERN),
                                put::putRecords)))
                .add(
                        "GetShardIterator",
                        GetShardIteratorRequest::builder,
                        GetShardIteratorRequest.class,
                        streamRef()
                                .required("ShardId", "ShardIteratorType")
                                .length("ShardId", 1, 128)
                                .pattern("ShardId", NAME_PATTERN)
                                .oneOf("ShardIteratorType", ITERATOR_TYPES)
                                .pattern("StartingSequenceNumber", SEQUENCE_NUMBER_PATTERN),
                        get::shardIterator)
                .add(
                        "GetRecords",
                        get.hotRecords(Operation.of(
                                GetRecordsRequest::builder,
                                GetRecordsRequest.class,
                                Constraints.none()
                                        .required("ShardIterator")
                                        .length("ShardIterator", 1, 512)
                                        .range("Limit", 1, 10_000),
                                get::records)))
                .add(
                        "RegisterStreamConsumer",
                        RegisterStreamConsumerRequest::builder,
                        RegisterStreamConsumerRequest.class,
                        Constraints.none()
                                .required("StreamARN", "ConsumerName")
                                .pattern("StreamARN", ARN_PATTERN)
                                .length("ConsumerName", 1, 128)
                                .pattern("ConsumerName", NAME_PATTERN),
                        consumer::register)
                .add(
                        "DescribeStreamConsumer",
                        DescribeStreamConsumerRequest::builder,
                        DescribeStreamConsumerRequest.class,
                        Constraints.none(),
                        consumer::describe)
                .add(
                        "ListStreamConsumers",
                        ListStreamConsumersRequest::builder,
                        ListStreamConsumersRequest.class,
                        Constraints.none().required("StreamARN").range("MaxResults", 1, 10_000),
                        consumer::list)
                .add(
                        "DeregisterStreamConsumer",
                        DeregisterStreamConsumerRequest::builder,
                        DeregisterStreamConsumerRequest.class,
                        Constraints.none(),
                        consumer::deregister)
                .add(
                        "SubscribeToShard",
                        Operation.reading(
                                SubscribeToShardRequest::builder,
                                SubscribeToShardRequest.class,
                                Constraints.none()
                                        .required("ConsumerARN", "ShardId", "StartingPosition", "StartingPosition.Type")
                                        .oneOf("StartingPosition.Type", ITERATOR_TYPES)
                                        .pattern("StartingPosition.SequenceNumber", SEQUENCE_NUMBER_PATTERN),
                                subscribe::handle));
    }

    private static Constraints streamRef() {
        return Constraints.none()
                .length("StreamName", 1, 128)
                .pattern("StreamName", NAME_PATTERN)
                .length("StreamARN", 1, 2048)
                .pattern("StreamARN", ARN_PATTERN);
    }
}
