/**
 * From an HTTP request to an AWS operation and back: which service and operation is meant, in which body format, and
 * how answers and errors are written.
 *
 * <p>Start reading at {@link io.millrace.protocol.api.ApiRouter}. Features register their operations here; this package
 * knows none of them.
 */
@NullMarked
package io.millrace.protocol.api;

import org.jspecify.annotations.NullMarked;
