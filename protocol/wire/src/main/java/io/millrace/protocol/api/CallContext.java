package io.millrace.protocol.api;

import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.endpoint.Exchange;
import io.millrace.protocol.endpoint.RequestHead;
import io.millrace.protocol.shape.BodyFormat;

/**
 * What an operation may know of its call besides the input.
 *
 * @param namespace the account and region in which names are looked up
 * @param format the format of the request, which the answer has to use too
 */
public record CallContext(Exchange exchange, Namespace namespace, BodyFormat format) {

    public String requestId() {
        return exchange.requestId();
    }

    public RequestHead head() {
        return exchange.head();
    }
}
