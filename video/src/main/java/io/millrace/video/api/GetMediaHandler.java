package io.millrace.video.api;

import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.ErrorRenderer;
import io.millrace.protocol.api.Operation;
import io.millrace.protocol.shape.ShapeReader;
import io.millrace.video.fragments.FragmentNumber;
import io.millrace.video.fragments.FragmentStore;
import io.millrace.video.fragments.FragmentTime;
import io.millrace.video.fragments.StreamIndex;
import io.millrace.video.streams.VideoErrors;
import io.millrace.video.streams.VideoStream;
import io.millrace.video.streams.VideoStreams;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesisvideomedia.model.GetMediaRequest;
import software.amazon.awssdk.services.kinesisvideomedia.model.StartSelector;

/** {@code GetMedia}: finds where to start and hands over to a {@link MediaFlow}. Thread-safe. */
final class GetMediaHandler {
    private final VideoStreams streams;
    private final StreamRefs refs;
    private final Executor readers;

    /** @param readers runs what reads media from the disk */
    GetMediaHandler(VideoStreams streams, StreamRefs refs, Executor readers) {
        this.streams = streams;
        this.refs = refs;
        this.readers = readers;
    }

    static Operation operation(Constraints constraints, GetMediaHandler handler) {
        return (call, body) -> {
            GetMediaRequest request =
                    ShapeReader.read(body, call.format(), GetMediaRequest::builder, GetMediaRequest.class);
            constraints.check(request);
            handler.handle(request, call);
        };
    }

    private void handle(GetMediaRequest request, CallContext call) {
        VideoStream stream = refs.stream(request.streamName(), request.streamARN(), call);
        StreamIndex index =
                streams.fragments().index(stream.id()).orElseThrow(() -> VideoErrors.streamNotFound(stream.key()));
        Start start = startOf(request.startSelector());
        readers.execute(() -> {
            try {
                long ordinal = start.resolve(index);
                FragmentStore store = streams.fragments();
                new MediaFlow(stream.name(), index, ordinal, store.reader(), readers).start(call);
            } catch (IOException | RuntimeException e) { // the outermost frame of a request
                ErrorRenderer.answer(call, e);
            }
        });
    }

    /** Where to begin; checked before anything is read. */
    @FunctionalInterface
    private interface Start {
        long resolve(StreamIndex index) throws IOException;
    }

    private static Start startOf(StartSelector selector) {
        return switch (selector.startSelectorType()) {
            case NOW -> index -> Math.max(index.first(), index.end() - 1);
            case EARLIEST -> StreamIndex::first;
            case FRAGMENT_NUMBER -> after("AfterFragmentNumber", selector.afterFragmentNumber());
            case CONTINUATION_TOKEN -> after("ContinuationToken", selector.continuationToken());
            case SERVER_TIMESTAMP -> at(FragmentTime.Clock.SERVER, selector.startTimestamp());
            case PRODUCER_TIMESTAMP -> at(FragmentTime.Clock.PRODUCER, selector.startTimestamp());
            case UNKNOWN_TO_SDK_VERSION ->
                throw VideoErrors.invalidArgument(String.format(
                        Locale.ROOT, "StartSelectorType %s is not valid.", selector.startSelectorTypeAsString()));
        };
    }

    private static Start after(String member, @Nullable String number) {
        if (number == null) {
            throw VideoErrors.invalidArgument(member + " must be specified.");
        }
        long value = FragmentNumber.floorOf(number);
        return index -> index.ordinalAfter(value);
    }

    private static Start at(FragmentTime.Clock clock, @Nullable Instant time) {
        if (time == null) {
            throw VideoErrors.invalidArgument("StartTimestamp must be specified.");
        }
        return index -> index.ordinalAt(clock, time.toEpochMilli());
    }
}
