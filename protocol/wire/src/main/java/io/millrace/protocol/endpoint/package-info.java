/**
 * The one port of a node: accepts connections, finds out which protocol they speak and turns each request into an
 * {@link io.millrace.protocol.endpoint.Exchange}.
 *
 * <p>Start reading at {@link io.millrace.protocol.endpoint.Endpoint}.
 *
 * <p>This package knows sockets, TLS, HTTP/1.1 and HTTP/2. It does not know AWS protocols, operations or error names;
 * what a request means is decided by the {@link io.millrace.protocol.endpoint.RequestRouter} it is given.
 */
@NullMarked
package io.millrace.protocol.endpoint;

import org.jspecify.annotations.NullMarked;
