package io.millrace.protocol.api;

import io.millrace.protocol.endpoint.BodyReceiver;
import io.millrace.protocol.endpoint.RequestFlow;

/** One operation that takes its request body as it arrives. Thread-safe; never blocks an event loop. */
@FunctionalInterface
public interface StreamedOperation {

    /**
     * Begins one call and returns the receiver of its body. The first {@link RequestFlow#more()} has to come from here.
     *
     * @throws ServiceException when the call is refused; nothing has been answered then
     */
    BodyReceiver begin(CallContext call, RequestFlow flow);
}
