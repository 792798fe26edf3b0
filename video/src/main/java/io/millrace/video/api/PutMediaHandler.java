package io.millrace.video.api;

import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.ErrorRenderer;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.endpoint.BodyReceiver;
import io.millrace.protocol.endpoint.Exchange;
import io.millrace.protocol.endpoint.RequestFlow;
import io.millrace.protocol.endpoint.ResponseStream;
import io.millrace.protocol.endpoint.Route;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.video.streams.VideoErrors;
import io.millrace.video.streams.VideoStream;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code PutMedia}: opens a {@link MediaSession} for a request before any of its body was read.
 *
 * <p>A stream has one producer at a time; a second one is refused until the first has ended or was silent for long.
 * Thread-safe.
 */
final class PutMediaHandler implements Route.StreamedHandler {
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
    public BodyReceiver begin(Exchange exchange, RequestFlow flow) {
        CallContext call = new CallContext(exchange, Namespace.of(exchange.head()), BodyFormat.REST_JSON);
        try {
            PutMediaHead head = PutMediaHead.of(exchange.head());
            VideoStream stream = refs.stream(head.streamName(), head.streamArn(), call.namespace());
            Producer producer = new Producer();
            if (producers.putIfAbsent(stream.id(), producer) != null) {
                throw VideoErrors.connectionLimit(stream.name());
            }
            return open(stream, head, producer, new CallFlow(call, flow));
        } catch (RuntimeException e) { // the outermost frame of a request
            ErrorRenderer.answer(call, e);
            return new Unread();
        }
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

    /** Ends producers that have gone without a word. Called every few seconds, by any thread. */
    void endSilent() {
        producers.values().forEach(producer -> producer.tick.run());
    }

    /** The body of a request that was refused. */
    private static final class Unread implements BodyReceiver {
        @Override
        public void onData(ByteBuf piece) {}

        @Override
        public void onEnd() {}

        @Override
        public void onAbort() {}
    }
}
