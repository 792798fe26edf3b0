package io.millrace.protocol.api;

import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.BodyPieces;
import io.millrace.protocol.endpoint.Exchange;
import io.millrace.protocol.endpoint.RequestHead;
import io.millrace.protocol.endpoint.ResponseStream;
import io.millrace.protocol.endpoint.Route;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What a browser needs to let a page of another site call an operation: an answer to the question that it asks before,
 * and headers on every answer. As AWS does, any site is allowed; it is the signature that says who calls.
 */
final class CrossOrigin {
    private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";
    private static final String EXPOSED_HEADERS =
            "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date";
    private static final String MAX_AGE_SECONDS = "172800";

    private CrossOrigin() {}

    /** Tells whether a browser calls for a page of some site. */
    static boolean isAsked(RequestHead head) {
        return head.header(HttpHeaderNames.ORIGIN) != null;
    }

    /** Returns the route as a browser needs it. */
    static Route allowing(Route route) {
        if (route instanceof Route.Whole whole) {
            return new Route.Whole(
                    whole.maxBodyBytes(),
                    exchange -> refusal(whole.headCheck(), exchange),
                    (exchange, body) -> handle(whole.handler(), exchange, body),
                    exchange -> allowing(whole.onTooLarge().answer(exchange)));
        }
        if (route instanceof Route.Streamed streamed) {
            return new Route.Streamed((exchange, flow) -> streamed.handler().begin(new Allowing(exchange), flow));
        }
        return route;
    }

    /** Permission is given to everybody. */
    private static @Nullable Answer refusal(Route.HeadCheck check, Exchange exchange) {
        Answer refusal = exchange.head().method().equals("OPTIONS") ? null : check.refusal(exchange);
        return refusal == null ? null : allowing(refusal);
    }

    private static void handle(Route.WholeHandler handler, Exchange exchange, byte[] body) {
        if (exchange.head().method().equals("OPTIONS")) {
            exchange.answer(permission(exchange.head(), exchange.requestId()));
        } else {
            handler.handle(new Allowing(exchange), body);
        }
    }

    private static Answer permission(RequestHead head, String requestId) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("x-amzn-RequestId", requestId);
        headers.put(ErrorRenderer.EXTENDED_ID, ExtendedIds.next());
        headers.put(ALLOW_ORIGIN, "*");
        String asked = head.header("Access-Control-Request-Headers");
        if (asked != null) {
            headers.put("Access-Control-Allow-Headers", asked);
        }
        String method = head.header("Access-Control-Request-Method");
        if (method != null) {
            headers.put("Access-Control-Allow-Methods", method);
        }
        headers.put("Access-Control-Max-Age", MAX_AGE_SECONDS);
        return Answer.empty(200, headers);
    }

    private static Answer allowing(Answer answer) {
        return new Answer(answer.status(), allowing(answer.headers()), answer.body());
    }

    private static Map<String, String> allowing(Map<String, String> headers) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(ALLOW_ORIGIN, "*");
        more.put("Access-Control-Expose-Headers", EXPOSED_HEADERS);
        return more;
    }

    /** An exchange whose answers a page may read. */
    private record Allowing(Exchange exchange) implements Exchange {
        @Override
        public RequestHead head() {
            return exchange.head();
        }

        @Override
        public String requestId() {
            return exchange.requestId();
        }

        @Override
        public void answer(Answer answer) {
            exchange.answer(allowing(answer));
        }

        @Override
        public void answer(int status, Map<String, String> headers, ByteBuf body) {
            exchange.answer(status, allowing(headers), body);
        }

        @Override
        public void answer(int status, Map<String, String> headers, BodyPieces body) {
            exchange.answer(status, allowing(headers), body);
        }

        @Override
        public ResponseStream answerStreaming(int status, Map<String, String> headers) {
            return exchange.answerStreaming(status, allowing(headers));
        }

        @Override
        public void called(String service, String operation) {
            exchange.called(service, operation);
        }

        @Override
        public Executor eventLoop() {
            return exchange.eventLoop();
        }
    }
}
