package io.millrace.protocol.api;

import java.util.HashMap;
import java.util.Map;

/**
 * The operations of a service that is addressed by method and path, for example {@code POST /createStream}.
 *
 * <p>Filled while the node starts, read-only afterwards.
 */
public final class RestService {
    private final String signingName;
    private final Map<String, Operation> operations = new HashMap<>();
    private final Map<String, StreamedOperation> streamed = new HashMap<>();

    /** @param signingName the service's name in signatures, for example {@code kinesisvideo} */
    public RestService(String signingName) {
        this.signingName = signingName;
    }

    public RestService add(String method, String path, Operation operation) {
        operations.put(method + " " + path, operation);
        return this;
    }

    public RestService addStreamed(String method, String path, StreamedOperation operation) {
        streamed.put(method + " " + path, operation);
        return this;
    }

    String signingName() {
        return signingName;
    }

    /** Returns the operations by method and path, with a space between them. */
    Map<String, Operation> operations() {
        return operations;
    }

    Map<String, StreamedOperation> streamed() {
        return streamed;
    }
}
