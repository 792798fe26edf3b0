package io.millrace.server.node;

import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.Exchange;
import io.millrace.protocol.endpoint.Route;
import java.util.Map;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A page of the node that may have to wait for others, and is therefore made off the event loop. */
final class Page {
    private static final Logger LOG = LoggerFactory.getLogger(Page.class);

    private Page() {}

    /** Makes the answer to a request. */
    @FunctionalInterface
    interface Maker {
        Answer make(Exchange exchange, byte[] body);
    }

    /** A route to a page. Whatever goes wrong while it is made, the request is answered. */
    static Route.Whole route(int maxBodyBytes, Executor executor, Maker maker) {
        return new Route.Whole(
                maxBodyBytes,
                (exchange, body) -> executor.execute(() -> exchange.answer(made(maker, exchange, body))),
                exchange -> Answer.empty(413, Map.of()));
    }

    private static Answer made(Maker maker, Exchange exchange, byte[] body) {
        try {
            return maker.make(exchange, body);
        } catch (RuntimeException e) { // the outermost frame of a request
            LOG.error("request {}: the page could not be made", exchange.requestId(), e);
            return Answer.empty(500, Map.of());
        }
    }
}
