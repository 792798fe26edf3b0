package io.millrace.video.api;

import io.millrace.protocol.api.ApiRouter;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.Operation;
import io.millrace.protocol.api.RestService;
import io.millrace.video.streams.VideoStreams;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executor;
import software.amazon.awssdk.services.kinesisvideo.model.CreateStreamRequest;
import software.amazon.awssdk.services.kinesisvideo.model.DeleteStreamRequest;
import software.amazon.awssdk.services.kinesisvideo.model.DescribeStreamRequest;
import software.amazon.awssdk.services.kinesisvideo.model.GetDataEndpointRequest;
import software.amazon.awssdk.services.kinesisvideo.model.ListStreamsRequest;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.ListFragmentsRequest;

/**
 * The Kinesis Video Streams service: every operation, what its input must satisfy and who handles it.
 *
 * <p>The limits are those of the service models of 2017-09-30.
 */
public final class VideoApi {
    private static final String NAME_PATTERN = "[a-zA-Z0-9_.-]+";
    private static final String ARN_PATTERN =
            "arn:[a-z\\d-]+:kinesisvideo:[a-z0-9-]+:[0-9]+:[a-z]+/[a-zA-Z0-9_.-]+/[0-9]+";
    private static final String MEDIA_TYPE_PATTERN =
            "[\\w\\-\\.\\+]+/[\\w\\-\\.\\+]+(,[\\w\\-\\.\\+]+/[\\w\\-\\.\\+]+)*";
    private static final List<String> API_NAMES = List.of(
            "PUT_MEDIA",
            "GET_MEDIA",
            "LIST_FRAGMENTS",
            "GET_MEDIA_FOR_FRAGMENT_LIST",
            "GET_HLS_STREAMING_SESSION_URL",
            "GET_DASH_STREAMING_SESSION_URL",
            "GET_CLIP",
            "GET_IMAGES");

    private final VideoStreams streams;
    private final Executors executors;
    private final StreamRefs refs;
    private final PutMediaHandler putMedia;

    /**
     * Who runs what must not run on an event loop.
     *
     * @param blocking what may wait for the disk
     * @param readers what reads media
     */
    public record Executors(Executor blocking, Executor readers) {}

    /** @param memoryBytes how much the fragments on their way in may take together */
    public VideoApi(VideoStreams streams, Executors executors, InstantSource clock, long memoryBytes) {
        this.streams = streams;
        this.executors = executors;
        this.refs = new StreamRefs(streams);
        this.putMedia = new PutMediaHandler(
                refs, new MediaSession.Surroundings(streams.fragments(), new IngestMemory(memoryBytes), clock));
    }

    /** Returns how many producers are connected. */
    public int producers() {
        return putMedia.producers();
    }

    /** Ends producers that have gone without a word. Called every few seconds. */
    public void endSilentProducers() {
        putMedia.endSilent();
    }

    public void register(ApiRouter router) {
        RestService service = new RestService("kinesisvideo");
        addControl(service);
        ListFragmentsHandler listFragments = new ListFragmentsHandler(streams, refs, executors.blocking());
        service.add(
                "POST",
                "/listFragments",
                Operation.of(
                        ListFragmentsRequest::builder,
                        ListFragmentsRequest.class,
                        streamRef()
                                .required(
                                        "FragmentSelector.FragmentSelectorType",
                                        "FragmentSelector.TimestampRange",
                                        "FragmentSelector.TimestampRange.StartTimestamp",
                                        "FragmentSelector.TimestampRange.EndTimestamp")
                                .range("MaxResults", 1, 1000)
                                .length("NextToken", 1, 4096)
                                .oneOf(
                                        "FragmentSelector.FragmentSelectorType",
                                        List.of("PRODUCER_TIMESTAMP", "SERVER_TIMESTAMP")),
                        listFragments::handle));
        service.add(
                "POST",
                "/getMedia",
                GetMediaHandler.operation(
                        streamRef()
                                .required("StartSelector", "StartSelector.StartSelectorType")
                                .length("StartSelector.AfterFragmentNumber", 1, 128)
                                .pattern("StartSelector.AfterFragmentNumber", "[0-9]+")
                                .length("StartSelector.ContinuationToken", 1, 128)
                                .pattern("StartSelector.ContinuationToken", "[0-9]+"),
                        new GetMediaHandler(streams, refs, executors.readers())));
        service.addStreamed("POST", "/putMedia", putMedia);
        service.addStreamed("PUT", "/putMedia", putMedia); // what curl -T sends unless told otherwise
        router.add(service);
    }

    private void addControl(RestService service) {
        StreamHandlers handlers = new StreamHandlers(streams, refs, executors.blocking());
        service.add(
                "POST",
                "/createStream",
                Operation.of(
                        CreateStreamRequest::builder,
                        CreateStreamRequest.class,
                        Constraints.none()
                                .required("StreamName")
                                .length("StreamName", 1, 256)
                                .pattern("StreamName", NAME_PATTERN)
                                .length("DeviceName", 1, 128)
                                .pattern("DeviceName", NAME_PATTERN)
                                .length("MediaType", 1, 128)
                                .pattern("MediaType", MEDIA_TYPE_PATTERN)
                                .length("KmsKeyId", 1, 2048)
                                .range("DataRetentionInHours", 0, Integer.MAX_VALUE)
                                .length("Tags", 0, 50)
                                .oneOf("StreamStorageConfiguration.DefaultStorageTier", List.of("HOT")),
                        handlers::create));
        service.add(
                "POST",
                "/describeStream",
                Operation.of(
                        DescribeStreamRequest::builder, DescribeStreamRequest.class, streamRef(), handlers::describe));
        service.add(
                "POST",
                "/listStreams",
                Operation.of(
                        ListStreamsRequest::builder,
                        ListStreamsRequest.class,
                        Constraints.none()
                                .range("MaxResults", 1, 10_000)
                                .length("NextToken", 0, 512)
                                .oneOf("StreamNameCondition.ComparisonOperator", List.of("BEGINS_WITH")),
                        handlers::list));
        service.add(
                "POST",
                "/deleteStream",
                Operation.of(
                        DeleteStreamRequest::builder,
                        DeleteStreamRequest.class,
                        Constraints.none()
                                .required("StreamARN")
                                .pattern("StreamARN", ARN_PATTERN)
                                .length("CurrentVersion", 1, 64),
                        handlers::delete));
        service.add(
                "POST",
                "/getDataEndpoint",
                Operation.of(
                        GetDataEndpointRequest::builder,
                        GetDataEndpointRequest.class,
                        streamRef().required("APIName").oneOf("APIName", API_NAMES),
                        handlers::dataEndpoint));
    }

    private static Constraints streamRef() {
        return Constraints.none()
                .length("StreamName", 1, 256)
                .pattern("StreamName", NAME_PATTERN)
                .length("StreamARN", 1, 1024)
                .pattern("StreamARN", ARN_PATTERN);
    }
}
