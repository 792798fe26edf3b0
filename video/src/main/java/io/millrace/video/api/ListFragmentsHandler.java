package io.millrace.video.api;

import io.millrace.protocol.api.CallContext;
import io.millrace.video.fragments.FragmentEntry;
import io.millrace.video.fragments.FragmentNumber;
import io.millrace.video.fragments.FragmentTime;
import io.millrace.video.fragments.StreamIndex;
import io.millrace.video.fragments.TimeRange;
import io.millrace.video.streams.VideoErrors;
import io.millrace.video.streams.VideoStream;
import io.millrace.video.streams.VideoStreams;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.Fragment;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.FragmentSelector;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.FragmentSelectorType;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.ListFragmentsRequest;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.ListFragmentsResponse;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.TimestampRange;

/** {@code ListFragments}: the fragments that begin in a span of time, in the order of their numbers. Thread-safe. */
final class ListFragmentsHandler {
    private static final int DEFAULT_RESULTS = 100;
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,128}");

    private final VideoStreams streams;
    private final StreamRefs refs;
    private final Executor blocking;

    ListFragmentsHandler(VideoStreams streams, StreamRefs refs, Executor blocking) {
        this.streams = streams;
        this.refs = refs;
        this.blocking = blocking;
    }

    CompletionStage<ListFragmentsResponse> handle(ListFragmentsRequest request, CallContext call) {
        VideoStream stream = refs.stream(request.streamName(), request.streamARN(), call);
        TimeRange range = rangeOf(request.fragmentSelector());
        long after = afterOf(request.nextToken());
        long limit = request.maxResults() == null ? DEFAULT_RESULTS : request.maxResults();
        StreamIndex index = streams.fragments().index(stream.id()).orElse(null);
        if (index == null || !stream.isPersistent()) {
            return CompletableFuture.completedFuture(
                    ListFragmentsResponse.builder().fragments(List.of()).build());
        }
        return CompletableFuture.supplyAsync(() -> list(index, range, after, (int) limit), blocking);
    }

    private static ListFragmentsResponse list(StreamIndex index, TimeRange range, long after, int limit) {
        try {
            List<FragmentEntry> found = index.startingIn(range, after, limit + 1);
            List<FragmentEntry> shown = found.subList(0, Math.min(limit, found.size()));
            boolean more = found.size() > limit;
            return ListFragmentsResponse.builder()
                    .fragments(shown.stream().map(ListFragmentsHandler::shapeOf).toList())
                    .nextToken(
                            more
                                    ? Tokens.seal(FragmentNumber.format(
                                            shown.get(limit - 1).number()))
                                    : null)
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException("the index cannot be read", e);
        }
    }

    private static TimeRange rangeOf(@Nullable FragmentSelector selector) {
        if (selector == null) {
            return new TimeRange(FragmentTime.Clock.SERVER, 0, Long.MAX_VALUE);
        }
        TimestampRange range = selector.timestampRange();
        Instant start = range.startTimestamp();
        Instant end = range.endTimestamp();
        if (end.isBefore(start)) {
            throw VideoErrors.invalidArgument(
                    String.format(Locale.ROOT, "StartTimestamp %s is after EndTimestamp %s.", start, end));
        }
        return new TimeRange(
                selector.fragmentSelectorType() == FragmentSelectorType.SERVER_TIMESTAMP
                        ? FragmentTime.Clock.SERVER
                        : FragmentTime.Clock.PRODUCER,
                start.toEpochMilli(),
                end.toEpochMilli());
    }

    private static long afterOf(@Nullable String token) {
        if (token == null) {
            return -1;
        }
        String number = Tokens.open(token);
        if (!NUMBER.matcher(number).matches()) {
            throw VideoErrors.invalidArgument(String.format(Locale.ROOT, "NextToken %s is not valid.", token));
        }
        return FragmentNumber.floorOf(number);
    }

    private static Fragment shapeOf(FragmentEntry entry) {
        return Fragment.builder()
                .fragmentNumber(FragmentNumber.format(entry.number()))
                .fragmentSizeInBytes((long) entry.payloadBytes())
                .serverTimestamp(Instant.ofEpochMilli(entry.time().serverMillis()))
                .producerTimestamp(Instant.ofEpochMilli(entry.time().producerMillis()))
                .fragmentLengthInMilliseconds((long) entry.time().durationMillis())
                .build();
    }
}
