package io.millrace.ingest.api;

import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.StreamSettings;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import software.amazon.awssdk.services.kinesis.model.AddTagsToStreamRequest;
import software.amazon.awssdk.services.kinesis.model.AddTagsToStreamResponse;
import software.amazon.awssdk.services.kinesis.model.ListTagsForResourceRequest;
import software.amazon.awssdk.services.kinesis.model.ListTagsForResourceResponse;
import software.amazon.awssdk.services.kinesis.model.ListTagsForStreamRequest;
import software.amazon.awssdk.services.kinesis.model.ListTagsForStreamResponse;
import software.amazon.awssdk.services.kinesis.model.RemoveTagsFromStreamRequest;
import software.amazon.awssdk.services.kinesis.model.RemoveTagsFromStreamResponse;
import software.amazon.awssdk.services.kinesis.model.Tag;
import software.amazon.awssdk.services.kinesis.model.TagResourceRequest;
import software.amazon.awssdk.services.kinesis.model.TagResourceResponse;
import software.amazon.awssdk.services.kinesis.model.UntagResourceRequest;
import software.amazon.awssdk.services.kinesis.model.UntagResourceResponse;

/**
 * The tags of streams ({@code AddTagsToStream} and its like) and of consumers too ({@code TagResource} and its like).
 */
final class TagHandlers {
    private final Streams streams;
    private final StreamSettings settings;
    private final StreamRefs refs;
    private final Changes changes;

    TagHandlers(Streams streams, StreamSettings settings, StreamRefs refs, Changes changes) {
        this.streams = streams;
        this.settings = settings;
        this.refs = refs;
        this.changes = changes;
    }

    void addTo(AwsJsonService service) {
        service.add(
                "AddTagsToStream",
                AddTagsToStreamRequest::builder,
                AddTagsToStreamRequest.class,
                Inputs.streamRef(TagRules.requiredTags(Constraints.none())),
                this::addToStream);
        service.add(
                "RemoveTagsFromStream",
                RemoveTagsFromStreamRequest::builder,
                RemoveTagsFromStreamRequest.class,
                Inputs.streamRef(TagRules.tagKeys(Constraints.none())),
                this::removeFromStream);
        service.add(
                "ListTagsForStream",
                ListTagsForStreamRequest::builder,
                ListTagsForStreamRequest.class,
                Inputs.streamRef(
                        Constraints.none().range("Limit", 1, TagRules.MAX_TAGS).length("ExclusiveStartTagKey", 1, 128)),
                this::listOfStream);
        service.add(
                "TagResource",
                TagResourceRequest::builder,
                TagResourceRequest.class,
                TagRules.requiredTags(Inputs.resource()),
                this::add);
        service.add(
                "UntagResource",
                UntagResourceRequest::builder,
                UntagResourceRequest.class,
                TagRules.tagKeys(Inputs.resource()),
                this::remove);
        service.add(
                "ListTagsForResource",
                ListTagsForResourceRequest::builder,
                ListTagsForResourceRequest.class,
                Inputs.resource(),
                this::list);
    }

    private CompletionStage<AddTagsToStreamResponse> addToStream(AddTagsToStreamRequest request, CallContext call) {
        StreamKey key =
                refs.stream(request.streamName(), request.streamARN(), call).key();
        return changes.run(
                () -> add(new Resource(key, null), request.tags(), call),
                () -> AddTagsToStreamResponse.builder().build());
    }

    private CompletionStage<RemoveTagsFromStreamResponse> removeFromStream(
            RemoveTagsFromStreamRequest request, CallContext call) {
        StreamKey key =
                refs.stream(request.streamName(), request.streamARN(), call).key();
        return changes.run(
                () -> remove(new Resource(key, null), request.tagKeys(), call),
                () -> RemoveTagsFromStreamResponse.builder().build());
    }

    private CompletionStage<TagResourceResponse> add(TagResourceRequest request, CallContext call) {
        Resource resource = refs.resource(request.resourceARN(), call);
        return changes.run(
                () -> add(resource, request.tags(), call),
                () -> TagResourceResponse.builder().build());
    }

    private CompletionStage<UntagResourceResponse> remove(UntagResourceRequest request, CallContext call) {
        Resource resource = refs.resource(request.resourceARN(), call);
        return changes.run(
                () -> remove(resource, request.tagKeys(), call),
                () -> UntagResourceResponse.builder().build());
    }

    private void add(Resource resource, Map<String, String> tags, CallContext call) {
        String action = "add tags to stream " + resource.stream().name();
        settings.updateTags(
                resource.stream(), resource.consumer(), present -> TagRules.merged(present, tags, action, call));
    }

    private void remove(Resource resource, Collection<String> keys, CallContext call) {
        TagRules.refuse(keys, "remove tags from stream " + resource.stream().name(), call);
        settings.updateTags(resource.stream(), resource.consumer(), present -> {
            Map<String, String> rest = new HashMap<>(present);
            rest.keySet().removeAll(keys);
            return rest;
        });
    }

    private CompletionStage<ListTagsForStreamResponse> listOfStream(
            ListTagsForStreamRequest request, CallContext call) {
        Map<String, String> tags =
                refs.stream(request.streamName(), request.streamARN(), call).tags();
        int limit = request.limit() == null ? TagRules.MAX_TAGS : request.limit();
        String start = request.exclusiveStartTagKey();
        List<Tag> rest = shapes(tags).stream()
                .filter(tag -> start == null || tag.key().compareTo(start) > 0)
                .toList();
        return CompletableFuture.completedFuture(ListTagsForStreamResponse.builder()
                .tags(rest.stream().limit(limit).toList())
                .hasMoreTags(rest.size() > limit)
                .build());
    }

    private CompletionStage<ListTagsForResourceResponse> list(ListTagsForResourceRequest request, CallContext call) {
        Resource resource = refs.resource(request.resourceARN(), call);
        return CompletableFuture.completedFuture(ListTagsForResourceResponse.builder()
                .tags(shapes(resource.tagsIn(streams)))
                .build());
    }

    private static List<Tag> shapes(Map<String, String> tags) {
        return new TreeMap<>(tags)
                .entrySet().stream()
                        .map(tag -> Tag.builder()
                                .key(tag.getKey())
                                .value(tag.getValue())
                                .build())
                        .toList();
    }
}
