/**
 * The operations of Kinesis Data Streams on the wire.
 *
 * <p>Start reading at {@link io.millrace.ingest.api.KinesisApi}, which lists them. A handler decodes, checks, calls the
 * streams package and encodes; it holds no state.
 */
@NullMarked
package io.millrace.ingest.api;

import org.jspecify.annotations.NullMarked;
