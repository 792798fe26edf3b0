package io.millrace.firehose.control;

import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentStore;
import io.millrace.firehose.catalog.SchemaCatalog;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.firehose.model.CreateDeliveryStreamRequest;
import software.amazon.awssdk.services.firehose.model.CreateDeliveryStreamResponse;
import software.amazon.awssdk.services.firehose.model.DeleteDeliveryStreamRequest;
import software.amazon.awssdk.services.firehose.model.DeleteDeliveryStreamResponse;
import software.amazon.awssdk.services.firehose.model.DeliveryStreamFailureType;
import software.amazon.awssdk.services.firehose.model.DeliveryStreamType;
import software.amazon.awssdk.services.firehose.model.DescribeDeliveryStreamRequest;
import software.amazon.awssdk.services.firehose.model.DescribeDeliveryStreamResponse;
import software.amazon.awssdk.services.firehose.model.FailureDescription;
import software.amazon.awssdk.services.firehose.model.ListDeliveryStreamsRequest;
import software.amazon.awssdk.services.firehose.model.ListDeliveryStreamsResponse;
import software.amazon.awssdk.services.firehose.model.PutRecordBatchRequest;
import software.amazon.awssdk.services.firehose.model.PutRecordRequest;
import software.amazon.awssdk.services.firehose.model.SourceDescription;

/**
 * The delivery streams of a node: the operations that create, describe and delete them. Records that are put directly
 * are durable in a stream of the node's own before they are acknowledged; a job delivers from there.
 *
 * <p>A delivery stream is wanted as a job as long as it exists, so a job that an interrupted call did not start is
 * started at the next opening. Thread-safe.
 */
public final class Firehose {
    private static final Logger LOG = LoggerFactory.getLogger(Firehose.class);
    private static final String NAME_PATTERN = "[a-zA-Z0-9_.-]+";
    private static final int MAX_RECORD_BYTES = 1_024_000;
    private static final int DEFAULT_PAGE = 10;
    /** Where jobs keep their ledgers in the bucket. */
    private static final String LEDGERS = ".millrace/deliveries/";

    private final DeliveryStreams streams;
    private final Specifications specifications;
    private final RecordBuffers buffers;
    private final DeliveryJobs jobs;
    private final Executor blocking;
    private final InstantSource clock;

    private Firehose(
            DeliveryStreams streams,
            Specifications specifications,
            RecordBuffers buffers,
            DeliveryJobs jobs,
            Executor blocking,
            InstantSource clock) {
        this.streams = streams;
        this.specifications = specifications;
        this.buffers = buffers;
        this.jobs = jobs;
        this.blocking = blocking;
        this.clock = clock;
    }

    /** Opens what an earlier run left and finishes what it was interrupted in. */
    public static Firehose open(
            DocumentStore store,
            SchemaCatalog catalog,
            RecordBuffers buffers,
            DeliveryJobs jobs,
            Executor blocking,
            InstantSource clock)
            throws IOException {
        Firehose firehose = new Firehose(
                DeliveryStreams.open(store), new Specifications(catalog, jobs), buffers, jobs, blocking, clock);
        firehose.streams.all().forEach(firehose::resume);
        return firehose;
    }

    /**
     * Goes on with a stream. One that cannot go on keeps no node from starting: its table may be gone from the catalog,
     * the description of its job may be damaged, the disk may be full.
     */
    private void resume(DeliveryStream stream) {
        try {
            if (stream.status() == DeliveryStream.Status.DELETING) {
                finishDelete(stream);
            } else {
                activate(stream);
            }
        } catch (RuntimeException e) { // the outermost frame of one stream's start
            LOG.error("delivery stream {}: cannot be resumed as it was defined", stream.name(), e);
        }
    }

    /** Returns the documents of delivery streams that cannot be read. */
    public List<DamagedDocument> damaged() {
        return streams.damaged();
    }

    /** Returns the deliveries that are wanted. */
    public List<Delivery> deliveries() {
        return streams.all().stream()
                .filter(stream -> stream.status() == DeliveryStream.Status.ACTIVE)
                .map(Firehose::delivery)
                .toList();
    }

    private static Delivery delivery(DeliveryStream stream) {
        CreateDeliveryStreamRequest request = stream.request();
        return new Delivery(
                stream.namespace(),
                stream.name(),
                stream.buffer(),
                stream.directPut()
                        ? ""
                        : request.kinesisStreamSourceConfiguration().kinesisStreamARN(),
                stream.createdEpochMillis(),
                BucketNames.ofArn(Destinations.s3(request).bucketARN()),
                LEDGERS + stream.name() + "-" + stream.createdEpochMillis() + "/",
                request.redshiftDestinationConfiguration() != null);
    }

    /** Returns the service for the endpoint. */
    public AwsJsonService service() {
        Constraints named = named();
        PutHandlers puts = new PutHandlers(streams, buffers);
        AwsJsonService service = new AwsJsonService("Firehose_20150804", "firehose")
                .add(
                        "CreateDeliveryStream",
                        CreateDeliveryStreamRequest::builder,
                        CreateDeliveryStreamRequest.class,
                        TagHandlers.limits(Destinations.limits(named()))
                                .length("Tags", 1, 50)
                                .only(Heeded.CREATE, FirehoseErrors::unavailable),
                        this::create)
                .add(
                        "DeleteDeliveryStream",
                        DeleteDeliveryStreamRequest::builder,
                        DeleteDeliveryStreamRequest.class,
                        named,
                        this::delete)
                .add(
                        "DescribeDeliveryStream",
                        DescribeDeliveryStreamRequest::builder,
                        DescribeDeliveryStreamRequest.class,
                        named,
                        this::describe)
                .add(
                        "ListDeliveryStreams",
                        ListDeliveryStreamsRequest::builder,
                        ListDeliveryStreamsRequest.class,
                        Constraints.none().withoutValues().range("Limit", 1, 10_000),
                        this::list)
                .add(
                        "PutRecord",
                        PutRecordRequest::builder,
                        PutRecordRequest.class,
                        Constraints.none()
                                .withoutValues()
                                .required("DeliveryStreamName", "Record", "Record.Data")
                                .length("Record.Data", 0, MAX_RECORD_BYTES),
                        puts::putRecord)
                .add(
                        "PutRecordBatch",
                        PutRecordBatchRequest::builder,
                        PutRecordBatchRequest.class,
                        Constraints.none()
                                .withoutValues()
                                .required("DeliveryStreamName", "Records")
                                .length("Records", 1, 500)
                                .each(
                                        "Records",
                                        Constraints.none()
                                                .withoutValues()
                                                .required("Data")
                                                .length("Data", 0, MAX_RECORD_BYTES)),
                        puts::putRecordBatch);
        return new TagHandlers(streams, blocking).addTo(service, named());
    }

    private static Constraints named() {
        return Constraints.none()
                .withoutValues()
                .required("DeliveryStreamName")
                .length("DeliveryStreamName", 1, 64)
                .pattern("DeliveryStreamName", NAME_PATTERN);
    }

    private CompletionStage<CreateDeliveryStreamResponse> create(
            CreateDeliveryStreamRequest request, CallContext call) {
        boolean directPut = directPut(request, call);
        long now = clock.millis();
        Namespace owner = call.namespace();
        String buffer = directPut
                ? String.join(".", owner.account(), owner.region(), request.deliveryStreamName(), Long.toString(now))
                : "";
        DeliveryStream stream = new DeliveryStream(
                call.namespace(),
                request.deliveryStreamName(),
                DeliveryStream.definitionOf(request),
                now,
                DeliveryStream.Status.CREATING,
                directPut,
                buffer);
        TagHandlers.refuseTooMany(request.tags(), stream.name(), call.namespace());
        Destinations.refuseAllButOne(request);
        Unavailable.refuse(request, Destinations.s3(request));
        String bucket = bucketOf(request);
        return CompletableFuture.supplyAsync(
                () -> {
                    specifications.refuse(stream, request);
                    if (jobs.isMissing(bucket)) {
                        throw FirehoseErrors.invalidArgument(
                                String.format(Locale.ROOT, "Bucket %s does not exist.", bucket));
                    }
                    streams.add(stream);
                    try {
                        activate(stream);
                    } catch (ServiceException e) {
                        finishDelete(stream); // the client hears that there is none
                        throw e;
                    }
                    return CreateDeliveryStreamResponse.builder()
                            .deliveryStreamARN(stream.arn())
                            .build();
                },
                blocking);
    }

    /** A job that cannot write anywhere would be restarted for ever, with its records waiting. */
    private static String bucketOf(CreateDeliveryStreamRequest request) {
        String bucket = BucketNames.ofArn(Destinations.s3(request).bucketARN());
        if (!BucketNames.isAllowed(bucket)) {
            throw FirehoseErrors.invalidArgument(String.format(Locale.ROOT, "Bucket name %s is not valid.", bucket));
        }
        return bucket;
    }

    private boolean directPut(CreateDeliveryStreamRequest request, CallContext call) {
        DeliveryStreamType type =
                request.deliveryStreamType() == null ? DeliveryStreamType.DIRECT_PUT : request.deliveryStreamType();
        if (type == DeliveryStreamType.DIRECT_PUT) {
            return true;
        }
        if (type != DeliveryStreamType.KINESIS_STREAM_AS_SOURCE) {
            throw FirehoseErrors.invalidArgument(String.format(
                    Locale.ROOT, "DeliveryStreamType %s is not available.", request.deliveryStreamTypeAsString()));
        }
        String arn = request.kinesisStreamSourceConfiguration() == null
                ? null
                : request.kinesisStreamSourceConfiguration().kinesisStreamARN();
        if (arn == null || !buffers.exists(arn, call.namespace())) {
            throw FirehoseErrors.invalidArgument(String.format(Locale.ROOT, "Kinesis stream %s does not exist.", arn));
        }
        return false;
    }

    private void activate(DeliveryStream stream) {
        CreateDeliveryStreamRequest request = stream.request();
        Specifications.SourceStream source = stream.directPut()
                ? new Specifications.SourceStream(buffers.create(stream.buffer()), buffers.keyOf(stream.buffer()))
                : new Specifications.SourceStream(
                        request.kinesisStreamSourceConfiguration().kinesisStreamARN(), null);
        jobs.want(jobName(stream), specifications.specification(stream, request, source));
        if (stream.status() != DeliveryStream.Status.ACTIVE) {
            streams.update(stream.with(DeliveryStream.Status.ACTIVE));
        }
    }

    /** A stream that was deleted and created again must not go on from the state of the first. */
    private static String jobName(DeliveryStream stream) {
        Namespace owner = stream.namespace();
        String place = owner.account().equals(Namespace.DEFAULT_ACCOUNT)
                ? owner.region()
                : owner.account() + " " + owner.region();
        return String.join(" ", "delivery", place, stream.name(), Long.toString(stream.createdEpochMillis()));
    }

    private CompletionStage<DeleteDeliveryStreamResponse> delete(
            DeleteDeliveryStreamRequest request, CallContext call) {
        DeliveryStream stream = streams.get(call.namespace(), request.deliveryStreamName());
        if (stream.status() == DeliveryStream.Status.CREATING) {
            throw FirehoseErrors.creating(stream.name(), call.namespace());
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    if (streams.update(stream.with(DeliveryStream.Status.DELETING))) {
                        blocking.execute(() -> finishDelete(stream));
                    }
                    return DeleteDeliveryStreamResponse.builder().build();
                },
                blocking);
    }

    private void finishDelete(DeliveryStream stream) {
        jobs.stop(jobName(stream));
        if (stream.directPut()) {
            buffers.delete(stream.buffer());
        }
        streams.remove(stream);
    }

    private CompletionStage<DescribeDeliveryStreamResponse> describe(
            DescribeDeliveryStreamRequest request, CallContext call) {
        DeliveryStream stream = streams.get(call.namespace(), request.deliveryStreamName());
        CreateDeliveryStreamRequest definition = stream.request();
        String trouble = jobs.trouble(jobName(stream));
        return CompletableFuture.completedFuture(DescribeDeliveryStreamResponse.builder()
                .deliveryStreamDescription(description -> description
                        .deliveryStreamName(stream.name())
                        .deliveryStreamARN(stream.arn())
                        .deliveryStreamStatus(stream.status().name())
                        .deliveryStreamType(
                                stream.directPut()
                                        ? DeliveryStreamType.DIRECT_PUT
                                        : DeliveryStreamType.KINESIS_STREAM_AS_SOURCE)
                        .failureDescription(trouble.isEmpty() ? null : failure(trouble))
                        .versionId("1")
                        .createTimestamp(Instant.ofEpochMilli(stream.createdEpochMillis()))
                        .source(stream.directPut() ? null : sourceOf(stream, definition))
                        .destinations(List.of(Destinations.describe(definition)))
                        .hasMoreDestinations(false))
                .build());
    }

    /** AWS has names for failures of keys and networks only. */
    private static FailureDescription failure(String details) {
        return FailureDescription.builder()
                .type(DeliveryStreamFailureType.UNKNOWN_ERROR)
                .details(details)
                .build();
    }

    private static SourceDescription sourceOf(DeliveryStream stream, CreateDeliveryStreamRequest definition) {
        return SourceDescription.builder()
                .kinesisStreamSourceDescription(source -> source.kinesisStreamARN(
                                definition.kinesisStreamSourceConfiguration().kinesisStreamARN())
                        .roleARN(definition.kinesisStreamSourceConfiguration().roleARN())
                        .deliveryStartTimestamp(Instant.ofEpochMilli(stream.createdEpochMillis())))
                .build();
    }

    private CompletionStage<ListDeliveryStreamsResponse> list(ListDeliveryStreamsRequest request, CallContext call) {
        int limit = request.limit() == null ? DEFAULT_PAGE : request.limit();
        String after = request.exclusiveStartDeliveryStreamName();
        List<String> rest = streams.list(call.namespace()).stream()
                .filter(stream -> request.deliveryStreamType() == null
                        || stream.directPut() == (request.deliveryStreamType() == DeliveryStreamType.DIRECT_PUT))
                .map(DeliveryStream::name)
                .filter(name -> after == null || name.compareTo(after) > 0)
                .toList();
        return CompletableFuture.completedFuture(ListDeliveryStreamsResponse.builder()
                .deliveryStreamNames(rest.stream().limit(limit).toList())
                .hasMoreDeliveryStreams(rest.size() > limit)
                .build());
    }
}
