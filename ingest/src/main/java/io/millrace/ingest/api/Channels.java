package io.millrace.ingest.api;

import io.millrace.ingest.streams.StreamErrors;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.Operation;
import java.util.function.Supplier;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.services.kinesis.model.CreateChannelRequest;
import software.amazon.awssdk.services.kinesis.model.DeleteChannelRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeChannelRequest;
import software.amazon.awssdk.services.kinesis.model.ListChannelsRequest;
import software.amazon.awssdk.services.kinesis.model.UpdateChannelRequest;

/**
 * The operations of channels, which deliver the records of a stream to S3 or S3 Tables. All are refused by name:
 * deliveries are
 * delivery streams of Firehose here. Stateless.
 */
final class Channels {
    void addTo(AwsJsonService service) {
        refuse(service, "CreateChannel", CreateChannelRequest::builder, CreateChannelRequest.class);
        refuse(service, "DeleteChannel", DeleteChannelRequest::builder, DeleteChannelRequest.class);
        refuse(service, "DescribeChannel", DescribeChannelRequest::builder, DescribeChannelRequest.class);
        refuse(service, "ListChannels", ListChannelsRequest::builder, ListChannelsRequest.class);
        refuse(service, "UpdateChannel", UpdateChannelRequest::builder, UpdateChannelRequest.class);
    }

    /** The error is one that clients know of these operations. */
    private static <I> void refuse(
            AwsJsonService service, String name, Supplier<? extends SdkPojo> builder, Class<I> inputType) {
        service.add(name, Operation.reading(builder, inputType, Constraints.none(), (input, call) -> {
            throw StreamErrors.invalidArgument(name + " is not available: this endpoint has no channels. A Firehose"
                    + " delivery stream with the stream as its source delivers records to S3.");
        }));
    }
}
