package io.millrace.protocol.api;

import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.Exchange;
import io.millrace.protocol.endpoint.RequestHead;
import io.millrace.protocol.endpoint.RequestRouter;
import io.millrace.protocol.endpoint.Route;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.MalformedBodyException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the operation a request means: by {@code X-Amz-Target} for the JSON and CBOR services, by method and path for
 * the REST services and for pages such as {@code /health}.
 *
 * <p>Filled while the node starts, read-only and thread-safe afterwards.
 */
public final class ApiRouter implements RequestRouter {
    /** 10 MiB of records in base64, their keys and the JSON around them. */
    private static final int MAX_BODY_BYTES = 16 * 1024 * 1024;

    private final Map<String, AwsJsonService> services = new HashMap<>();
    private final Map<String, Route> paths = new HashMap<>();

    public ApiRouter add(AwsJsonService service) {
        services.put(service.targetPrefix(), service);
        return this;
    }

    /** Registers an operation of a REST service, for example {@code POST /createStream}. */
    public ApiRouter addRest(String method, String path, Operation operation) {
        return addPath(method, path, whole((exchange, body) -> {
            CallContext call = new CallContext(exchange, Namespace.of(exchange.head()), BodyFormat.REST_JSON);
            serve(call, operation, body);
        }));
    }

    /** Registers whatever else is served under a path. */
    public ApiRouter addPath(String method, String path, Route route) {
        if (paths.putIfAbsent(method + " " + path, route) != null) {
            throw new IllegalStateException("%s %s is registered twice".formatted(method, path));
        }
        return this;
    }

    @Override
    public Route route(RequestHead head) {
        Route route = paths.get(head.method() + " " + head.path());
        return route != null ? route : whole(this::serveTarget);
    }

    private static Route.Whole whole(Route.WholeHandler handler) {
        return new Route.Whole(MAX_BODY_BYTES, handler, ApiRouter::tooLarge);
    }

    private static Answer tooLarge(Exchange exchange) {
        ServiceException error = new ServiceException(
                "RequestEntityTooLargeException", 413, "Request body exceeds %d bytes".formatted(MAX_BODY_BYTES));
        return ErrorRenderer.render(error, exchange.requestId(), formatOf(exchange.head()));
    }

    private void serveTarget(Exchange exchange, byte[] body) {
        RequestHead head = exchange.head();
        CallContext call = new CallContext(exchange, Namespace.of(head), formatOf(head));
        String target = head.header("X-Amz-Target");
        Operation operation = head.method().equals("POST") ? operationOf(target) : null;
        if (operation == null) {
            int status = target == null ? 404 : 400;
            ErrorRenderer.answer(call, new ServiceException("UnknownOperationException", status, ""));
        } else {
            serve(call, operation, body);
        }
    }

    private @Nullable Operation operationOf(@Nullable String target) {
        int dot = target == null ? -1 : target.lastIndexOf('.');
        if (target == null || dot < 0) {
            return null;
        }
        AwsJsonService service = services.get(target.substring(0, dot));
        return service == null ? null : service.operation(target.substring(dot + 1));
    }

    private static BodyFormat formatOf(RequestHead head) {
        BodyFormat format = BodyFormat.ofContentType(head.header("Content-Type"));
        return format == null || format == BodyFormat.REST_JSON ? BodyFormat.JSON_1_1 : format;
    }

    private static void serve(CallContext call, Operation operation, byte[] body) {
        try {
            operation.serve(call, body);
        } catch (MalformedBodyException | RuntimeException e) { // the outermost frame of a request
            ErrorRenderer.answer(call, e);
        }
    }
}
