package io.millrace.ingest.api;

import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.endpoint.Exchange;
import io.millrace.protocol.endpoint.RequestHead;
import io.millrace.protocol.shape.BodyFormat;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.lang.reflect.Proxy;

/** Calls without a connection, for what looks at the caller only. */
final class Calls {
    private Calls() {}

    static CallContext of(Namespace caller) {
        RequestHead head = new RequestHead("POST", "/", "", new DefaultHttpHeaders(), false, false);
        Exchange exchange = (Exchange) Proxy.newProxyInstance(
                Calls.class.getClassLoader(),
                new Class<?>[] {Exchange.class},
                (proxy, method, arguments) -> method.getName().equals("head") ? head : null);
        return new CallContext(exchange, caller, BodyFormat.JSON_1_1);
    }
}
