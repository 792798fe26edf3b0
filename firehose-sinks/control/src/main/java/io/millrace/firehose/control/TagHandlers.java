package io.millrace.firehose.control;

import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.arn.Namespace;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.firehose.model.CreateDeliveryStreamRequest;
import software.amazon.awssdk.services.firehose.model.ListTagsForDeliveryStreamRequest;
import software.amazon.awssdk.services.firehose.model.ListTagsForDeliveryStreamResponse;
import software.amazon.awssdk.services.firehose.model.Tag;
import software.amazon.awssdk.services.firehose.model.TagDeliveryStreamRequest;
import software.amazon.awssdk.services.firehose.model.TagDeliveryStreamResponse;
import software.amazon.awssdk.services.firehose.model.UntagDeliveryStreamRequest;
import software.amazon.awssdk.services.firehose.model.UntagDeliveryStreamResponse;

/**
 * {@code TagDeliveryStream}, {@code UntagDeliveryStream} and {@code ListTagsForDeliveryStream}. Tags are kept in the
 * definition of their stream, in which they come when it is created. Thread-safe.
 */
final class TagHandlers {
    private static final int MAX_TAGS = 50;
    private static final String RESERVED = "aws:";

    /** By the service model of 2015-08-04. */
    private static final String TEXT = "^(?!aws:)[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@%]*$";

    private final DeliveryStreams streams;
    private final Executor blocking;

    TagHandlers(DeliveryStreams streams, Executor blocking) {
        this.streams = streams;
        this.blocking = blocking;
    }

    AwsJsonService addTo(AwsJsonService service, Constraints named) {
        return service.add(
                        "TagDeliveryStream",
                        TagDeliveryStreamRequest::builder,
                        TagDeliveryStreamRequest.class,
                        limits(Constraints.none()
                                .withoutValues()
                                .required("DeliveryStreamName", "Tags")
                                .length("Tags", 1, MAX_TAGS)),
                        this::tag)
                .add(
                        "UntagDeliveryStream",
                        UntagDeliveryStreamRequest::builder,
                        UntagDeliveryStreamRequest.class,
                        Constraints.none()
                                .withoutValues()
                                .required("DeliveryStreamName", "TagKeys")
                                .length("TagKeys", 1, MAX_TAGS)
                                .elementLength("TagKeys", 1, 128),
                        this::untag)
                .add(
                        "ListTagsForDeliveryStream",
                        ListTagsForDeliveryStreamRequest::builder,
                        ListTagsForDeliveryStreamRequest.class,
                        named.range("Limit", 1, MAX_TAGS).length("ExclusiveStartTagKey", 1, 128),
                        this::list);
    }

    /** Limits the member {@code Tags} of an input. */
    static Constraints limits(Constraints constraints) {
        return constraints.each(
                "Tags",
                Constraints.none()
                        .withoutValues()
                        .required("Key")
                        .length("Key", 1, 128)
                        .pattern("Key", TEXT)
                        .length("Value", 0, 256)
                        .pattern("Value", TEXT));
    }

    /**
     * @throws io.millrace.protocol.api.ServiceException if there are more tags than a stream may have, or reserved ones
     */
    static void refuseTooMany(Collection<Tag> tags, String stream, Namespace namespace) {
        if (tags.stream().anyMatch(tag -> tag.key().startsWith(RESERVED))) {
            throw FirehoseErrors.invalidArgument("Tag keys that begin with " + RESERVED + " are reserved for AWS use.");
        }
        if (tags.stream().map(Tag::key).distinct().count() > MAX_TAGS) {
            throw FirehoseErrors.tooManyTags(stream, namespace, MAX_TAGS);
        }
    }

    private CompletionStage<TagDeliveryStreamResponse> tag(TagDeliveryStreamRequest request, CallContext call) {
        String name = request.deliveryStreamName();
        return change(name, call, present -> {
                    Map<String, Tag> all = byKey(present);
                    request.tags().forEach(tag -> all.put(tag.key(), tag));
                    refuseTooMany(all.values(), name, call.namespace());
                    return List.copyOf(all.values());
                })
                .thenApply(done -> TagDeliveryStreamResponse.builder().build());
    }

    private CompletionStage<UntagDeliveryStreamResponse> untag(UntagDeliveryStreamRequest request, CallContext call) {
        return change(request.deliveryStreamName(), call, present -> {
                    Map<String, Tag> rest = byKey(present);
                    rest.keySet().removeAll(request.tagKeys());
                    return List.copyOf(rest.values());
                })
                .thenApply(done -> UntagDeliveryStreamResponse.builder().build());
    }

    private CompletionStage<Boolean> change(
            String name, CallContext call, java.util.function.UnaryOperator<List<Tag>> change) {
        streams.get(call.namespace(), name); // refuses one that is not there on the caller's thread
        return CompletableFuture.supplyAsync(
                () -> streams.change(call.namespace(), name, stream -> {
                    CreateDeliveryStreamRequest definition = stream.request();
                    List<Tag> tags = change.apply(definition.tags());
                    return stream.withRequest(definition.toBuilder().tags(tags).build());
                }),
                blocking);
    }

    private CompletionStage<ListTagsForDeliveryStreamResponse> list(
            ListTagsForDeliveryStreamRequest request, CallContext call) {
        List<Tag> all = new ArrayList<>(new TreeMap<>(byKey(streams.get(call.namespace(), request.deliveryStreamName())
                        .request()
                        .tags()))
                .values());
        @Nullable String after = request.exclusiveStartTagKey();
        int limit = request.limit() == null ? MAX_TAGS : request.limit();
        List<Tag> rest = after == null
                ? Collections.unmodifiableList(all)
                : all.stream().filter(tag -> tag.key().compareTo(after) > 0).toList();
        return CompletableFuture.completedFuture(ListTagsForDeliveryStreamResponse.builder()
                .tags(rest.stream().limit(limit).toList())
                .hasMoreTags(rest.size() > limit)
                .build());
    }

    private static Map<String, Tag> byKey(List<Tag> tags) {
        Map<String, Tag> byKey = new LinkedHashMap<>();
        tags.forEach(tag -> byKey.put(tag.key(), tag));
        return byKey;
    }
}
