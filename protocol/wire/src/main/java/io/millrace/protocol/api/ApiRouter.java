package io.millrace.protocol.api;

import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.auth.Authentication;
import io.millrace.protocol.auth.UnauthenticatedException;
import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.BodyReceiver;
import io.millrace.protocol.endpoint.Exchange;
import io.millrace.protocol.endpoint.RequestFlow;
import io.millrace.protocol.endpoint.RequestHead;
import io.millrace.protocol.endpoint.RequestRouter;
import io.millrace.protocol.endpoint.Route;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.MalformedBodyException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.util.AsciiString;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the operation a request means: by {@code X-Amz-Target} for the JSON and CBOR services, by method and path for
 * the REST services and for pages such as {@code /health}.
 *
 * <p>Every operation passes the {@link Authentication} here, after it is known and before its body is looked into;
 * pages are open to everybody. Filled while the node starts, read-only and thread-safe afterwards.
 */
public final class ApiRouter implements RequestRouter {
    /** 10 MiB of records in base64, their keys and the JSON around them. */
    private static final int MAX_BODY_BYTES = 16 * 1024 * 1024;

    private static final AsciiString TARGET = AsciiString.cached("X-Amz-Target");

    private final Authentication authentication;
    private final Map<String, AwsJsonService> services = new HashMap<>();
    private final Map<String, Route> operations = new HashMap<>();
    private final Map<String, Route> pages = new HashMap<>();
    private final Set<String> pagePaths = new HashSet<>();
    private final Route targeted = whole(this::refusalOfTarget, this::serveTarget);

    /** A router that believes everybody. */
    public ApiRouter() {
        this(Authentication.off());
    }

    public ApiRouter(Authentication authentication) {
        this.authentication = authentication;
    }

    public ApiRouter add(AwsJsonService service) {
        services.put(service.targetPrefix(), service);
        return this;
    }

    public ApiRouter add(RestService service) {
        String name = service.signingName();
        service.operations().forEach((target, operation) -> {
            Called called = new Called(name, target, BodyFormat.REST_JSON, operation);
            register(
                    operations,
                    target,
                    whole(exchange -> refusal(exchange, called), (exchange, body) -> serve(exchange, called, body)));
        });
        service.streamed()
                .forEach((target, operation) -> register(operations, target, new Route.Streamed((exchange, flow) -> {
                    exchange.called(name, target);
                    return begin(exchange, name, operation, flow);
                })));
        return this;
    }

    /** Registers a page: whatever is served under a path to everybody. */
    public ApiRouter addPath(String method, String path, Route route) {
        register(pages, method + " " + path, counted(path, route));
        pagePaths.add(path);
        return this;
    }

    private static Route counted(String path, Route route) {
        return route instanceof Route.Whole whole
                ? new Route.Whole(
                        whole.maxBodyBytes(),
                        whole.headCheck(),
                        (exchange, body) -> {
                            exchange.called("node", path);
                            whole.handler().handle(exchange, body);
                        },
                        whole.onTooLarge())
                : route;
    }

    private void register(Map<String, Route> routes, String target, Route route) {
        boolean known = target.equals("POST /") || operations.containsKey(target) || pages.containsKey(target);
        if (known || routes.putIfAbsent(target, route) != null) {
            throw new IllegalStateException(String.format(Locale.ROOT, "%s is registered twice", target));
        }
    }

    @Override
    public Route route(RequestHead head) {
        if (head.path().equals("/") && head.method().equals("POST")) {
            return CrossOrigin.isAsked(head) ? CrossOrigin.allowing(targeted) : targeted;
        }
        String target = head.method() + " " + head.path();
        Route page = pages.get(target);
        if (page != null) {
            return page;
        }
        Route operation = operations.get(target);
        Route route = operation != null ? operation : targeted;
        return CrossOrigin.isAsked(head) && !pagePaths.contains(head.path()) ? CrossOrigin.allowing(route) : route;
    }

    private static Route.Whole whole(Route.HeadCheck headCheck, Route.WholeHandler handler) {
        return new Route.Whole(MAX_BODY_BYTES, headCheck, handler, ApiRouter::tooLarge);
    }

    private static Answer tooLarge(Exchange exchange) {
        ServiceException error = new ServiceException(
                "RequestEntityTooLargeException",
                413,
                String.format(Locale.ROOT, "Request body exceeds %d bytes", MAX_BODY_BYTES));
        return ErrorRenderer.render(error, exchange.requestId(), formatOf(exchange.head()));
    }

    /** An operation as a request has asked for it. */
    private record Called(String signingName, String name, BodyFormat format, Operation operation) {}

    private @Nullable Answer refusalOfTarget(Exchange exchange) {
        RequestHead head = exchange.head();
        Called called = head.method().equals("POST") ? calledBy(head.header(TARGET), formatOf(head)) : null;
        return called == null ? null : refusal(exchange, called);
    }

    private @Nullable Answer refusal(Exchange exchange, Called called) {
        try {
            authentication.checkHead(exchange.head(), called.signingName());
            return null;
        } catch (UnauthenticatedException e) {
            exchange.called(called.signingName(), called.name());
            return ErrorRenderer.render(e, exchange.requestId(), called.format());
        }
    }

    private void serveTarget(Exchange exchange, byte[] body) {
        RequestHead head = exchange.head();
        BodyFormat format = formatOf(head);
        String target = head.header(TARGET);
        Called called = head.method().equals("POST") ? calledBy(target, format) : null;
        if (called == null) {
            exchange.answer(UnknownOperation.answer(head, body, exchange.requestId()));
        } else {
            serve(exchange, called, body);
        }
    }

    private @Nullable Called calledBy(@Nullable String target, BodyFormat format) {
        int dot = target == null ? -1 : target.lastIndexOf('.');
        if (target == null || dot < 0) {
            return null;
        }
        AwsJsonService service = services.get(target.substring(0, dot));
        String name = target.substring(dot + 1);
        Operation operation = service == null ? null : service.operation(name);
        return service == null || operation == null ? null : new Called(service.signingName(), name, format, operation);
    }

    private static BodyFormat formatOf(RequestHead head) {
        BodyFormat format = BodyFormat.ofContentType(head.header(HttpHeaderNames.CONTENT_TYPE));
        return format == null || format == BodyFormat.REST_JSON ? BodyFormat.JSON_1_1 : format;
    }

    private void serve(Exchange exchange, Called called, byte[] body) {
        exchange.called(called.signingName(), called.name());
        try {
            Namespace namespace = authentication.authenticate(exchange.head(), called.signingName(), body);
            serve(new CallContext(exchange, namespace, called.format()), called.operation(), body);
        } catch (UnauthenticatedException e) {
            exchange.answer(ErrorRenderer.render(e, exchange.requestId(), called.format()));
        }
    }

    private static void serve(CallContext call, Operation operation, byte[] body) {
        try {
            operation.serve(call, body);
        } catch (MalformedBodyException | RuntimeException e) { // the outermost frame of a request
            ErrorRenderer.answer(call, e);
        }
    }

    private BodyReceiver begin(Exchange exchange, String signingName, StreamedOperation operation, RequestFlow flow) {
        try {
            Namespace namespace = authentication.authenticateStreamed(exchange.head(), signingName);
            return begin(new CallContext(exchange, namespace, BodyFormat.REST_JSON), operation, flow);
        } catch (UnauthenticatedException e) {
            exchange.answer(ErrorRenderer.render(e, exchange.requestId(), BodyFormat.REST_JSON));
            return BodyReceiver.dropping();
        }
    }

    private static BodyReceiver begin(CallContext call, StreamedOperation operation, RequestFlow flow) {
        try {
            return operation.begin(call, flow);
        } catch (RuntimeException e) { // the outermost frame of a request
            ErrorRenderer.answer(call, e);
            return BodyReceiver.dropping();
        }
    }
}
