package io.millrace.video.api;

import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.ErrorRenderer;
import io.millrace.protocol.api.StreamedOperation;
import io.millrace.protocol.endpoint.BodyReceiver;
import io.millrace.protocol.endpoint.Exchange;
import io.millrace.protocol.endpoint.RequestFlow;
import io.millrace.protocol.endpoint.ResponseStream;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.video.streams.VideoErrors;
import io.millrace.video.streams.VideoStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code PutMedia}: opens a {@link MediaSession} for a request before any of its body was read.
 *
 * <p>A stream has one producer at a time; a second one is refused until the first has ended or was silent for long.
 * Thread-safe.
 */
final class PutMediaHandler implements StreamedOperation {
    private final StreamRefs refs;
    private final MediaSession.Surroundings surroundings;
    private final Map<Long, Producer> producers = new ConcurrentHashMap<>();

    /** Holds a stream's place, from before its session exists. */
    private static final class Producer {
        private volatile Runnable tick = () -> {};
    }

    PutMediaHandler(StreamRefs refs, MediaSession.Surroundings surroundings) {
        this.refs = refs;
        this.surroundings = surroundings;
    }

    @Override
    public BodyReceiver begin(CallContext call, RequestFlow flow) {
        PutMediaHead head = PutMediaHead.of(call.head());
        VideoStream stream = refs.stream(head.streamName(), head.streamArn(), call);
        Producer producer = new Producer();
        if (producers.putIfAbsent(stream.id(), producer) != null) {
            throw VideoErrors.connectionLimit(stream.name());
        }
        return open(stream, head, producer, new CallFlow(call, flow));
    }

    private record CallFlow(CallContext call, RequestFlow flow) {}

    private MediaSession open(VideoStream stream, PutMediaHead head, Producer producer, CallFlow request) {
        Exchange exchange = request.call().exchange();
        ResponseStream acks = exchange.answerStreaming(
                200, ErrorRenderer.headers(request.call().requestId(), BodyFormat.REST_JSON));
        MediaSession session = new MediaSession(
                stream,
                head,
                new MediaSession.Opened(exchange, acks, request.flow()),
                surroundings,
                () -> producers.remove(stream.id(), producer));
        producer.tick = () -> session.onEventLoop(session::endIfSilent);
        session.askForMore();
        return session;
    }

    /** Returns how many producers are connected. */
    int producers() {
        return producers.size();
    }

    /** Ends producers that have gone without a word. Called every few seconds, by any thread. */
    void endSilent() {
        producers.values().forEach(producer -> producer.tick.run());
    }
}
